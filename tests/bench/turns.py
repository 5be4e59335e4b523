"""Several ways of doing the same, in turns."""

import statistics


def in_turns(runs, ways, measure):
    """`ways`: title → what `measure` is given. Returns title → what it returned in each run. Nobody always follows the same neighbour."""
    found = {title: [] for title in ways}
    for number in range(runs):
        titles = list(ways)
        shift = number % len(titles)
        for title in titles[shift:] + titles[:shift]:
            found[title].append(measure(ways[title]))
    return found


def spread(values):
    """Half the distance between the largest and the smallest, as a part of the median."""
    return (max(values) - min(values)) / 2 / statistics.median(values)
