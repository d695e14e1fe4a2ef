namespace NormCheck.Properties;

/// <summary>
/// What tests start as a process of its own: the runtime decides once a process which vector registers there are. The test
/// runner does not come through here.
/// </summary>
internal static class OwnProcess
{
    private static int Main(string[] arguments)
    {
        if (arguments is not [Optimized.WidthDigest.Word])
        {
            Console.Error.WriteLine(
                $"expected the word '{Optimized.WidthDigest.Word}': for the tests themselves use dotnet test"
            );
            return 2;
        }

        Console.WriteLine(Optimized.WidthDigest.Line());
        return 0;
    }
}
