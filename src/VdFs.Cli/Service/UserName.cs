using System.IO;

namespace VdFs.Cli.Service;

/// <summary>A user as messages name one.</summary>
internal static class UserName
{
    /// <summary>`root`, `the user nobody`, or `the user 1000` where /etc/passwd doesn't know.</summary>
    public static string Of(uint user)
    {
        if (user == 0)
            return "root";
        try
        {
            foreach (var line in File.ReadLines("/etc/passwd"))
            {
                if (line.Split(':') is [var name, _, var id, ..] && id == user.ToString(System.Globalization.CultureInfo.InvariantCulture))
                    return "the user " + name;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
        return $"the user {user}";
    }
}
