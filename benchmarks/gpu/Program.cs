using System.Globalization;
using NormCheck.Contract;
using NormCheck.GpuBenchmarks;
using NormCheck.Optimized.Gpu;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
try
{
    var options = BenchOptions.Parse(args);
    var (kind, number) = options.Device;
    var devices = kind == "cuda" ? GpuDevices.Cuda : GpuDevices.OpenCl;
    var device = GpuDevices.Usable(kind, devices, number);
    using var queue = device.Open();
    Console.WriteLine($"{kind}:{number} {device}, last cache {device.CacheBytes >> 20} MiB");
    Console.WriteLine(
        $"{options.Seconds} s a problem and tier, seed {options.Seed}; GB/s: each tensor moved once; copy: within the device, read and written"
    );
    return new BenchTable(queue, options).Run() ? 0 : 1;
}
catch (InputException error)
{
    Console.Error.WriteLine(error.Message);
    return 2;
}
catch (GpuMissingException error)
{
    Console.Error.WriteLine(error.Message);
    return 3;
}
