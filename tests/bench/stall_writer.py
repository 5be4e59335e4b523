"""A client that writes 4 KiB at random to some images and notes how long each write took: `stall_writer.py LOG RATE IMAGE...`, until SIGTERM."""

import array
import gc
import mmap
import os
import random
import signal
import sys
import time

BLOCK = 4096


def main():
    log, rate, paths = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    chance = random.Random(1)
    files = [os.open(path, os.O_RDWR | os.O_DIRECT) for path in paths]
    # Few places, so that an image's blocks are soon recorded and each cut makes them first touches again.
    places = [[chance.randrange(os.fstat(file).st_size // BLOCK) * BLOCK for _ in range(8)] for file in files]
    block = mmap.mmap(-1, BLOCK)
    block.write(os.urandom(BLOCK))
    times = array.array("q")
    gc.disable()
    try:
        due = time.monotonic_ns()
        while True:
            which = chance.randrange(len(files))
            begin = time.monotonic_ns()
            os.pwrite(files[which], block, chance.choice(places[which]))
            end = time.monotonic_ns()
            times.append(begin)
            times.append(end)
            # A write that was held up is not made up for.
            due = max(due + 1_000_000_000 // rate, end)
            time.sleep(max(0, due - end) / 1e9)
    finally:
        with open(log, "wb") as sink:
            times.tofile(sink)


if __name__ == "__main__":
    main()
