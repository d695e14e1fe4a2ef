using NormCheck.Verification.Hosts;

// Not for people: the worker process of native:PATH.so.
if (args is ["worker", "native", var library])
{
    return NativeWorker.Serve(library);
}

Console.Error.WriteLine("expected: worker native PATH");
return 2;
