namespace Mhim.Data.Settings;

/// <summary>A setting cannot be used; the message names it.</summary>
/// <param name="message">One sentence.</param>
/// <param name="inner">Why, if something says so.</param>
public class SettingException(string message, Exception? inner = null) : IOException(message, inner);
