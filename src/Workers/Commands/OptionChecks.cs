using System.CommandLine;

namespace Mhim.Workers.Commands;

/// <summary>Ranges of options.</summary>
static class OptionChecks
{
    /// <summary>Adds a range to an option.</summary>
    /// <param name="option">The option.</param>
    /// <param name="holds">Whether a value is in it.</param>
    /// <param name="sentence">What to say when it is not.</param>
    public static Option<T> Check<T>(this Option<T> option, Func<T?, bool> holds, string sentence)
    {
        option.Validators.Add(result =>
        {
            T? value;
            try
            {
                value = result.GetValueOrDefault<T>();
            }
            catch (InvalidOperationException)
            {
                return; // it could not be read at all, and the parser says so itself
            }
            if (!holds(value))
                result.AddError($"{option.Name} {sentence}");
        });
        return option;
    }
}
