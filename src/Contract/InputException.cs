namespace NormCheck.Contract;

/// <summary>Bad input of a user: the message is one line that says what was expected, what came and what would fit.</summary>
public sealed class InputException(string message) : Exception(message);
