using System.Text;

namespace NormCheck.Optimized.Gpu.OpenCl;

/// <summary>Kernel objects of one program, for one queue.</summary>
internal sealed unsafe class OpenClKernels(OpenClApi api, nint queue, nint program)
    : GpuKernels,
        IDisposable
{
    private readonly Dictionary<string, nint> _kernels = [];

    public override void Launch(string name, long groups, int items, ReadOnlySpan<nint> arguments)
    {
        var kernel = Kernel(name);
        for (var i = 0; i < arguments.Length; i++)
        {
            var argument = arguments[i];

            // A missing buffer is a null pointer to the kernel.
            OpenClError.Check(
                api.SetKernelArg(
                    kernel,
                    (uint)i,
                    (nuint)sizeof(nint),
                    argument == 0 ? null : &argument
                ),
                $"clSetKernelArg of {name}, argument {i}"
            );
        }

        var global = (nuint)groups * (nuint)items;
        var local = (nuint)items;
        OpenClError.Check(
            api.EnqueueNDRangeKernel(queue, kernel, 1, null, &global, &local, 0, null, null),
            $"clEnqueueNDRangeKernel of {name}, {groups} groups of {items}"
        );
    }

    public void Dispose()
    {
        foreach (var kernel in _kernels.Values)
        {
            api.ReleaseKernel(kernel);
        }

        _kernels.Clear();
    }

    private nint Kernel(string name)
    {
        if (_kernels.TryGetValue(name, out var kernel))
        {
            return kernel;
        }

        int code;
        fixed (byte* text = Encoding.UTF8.GetBytes(name + '\0'))
        {
            kernel = api.CreateKernel(program, text, &code);
        }

        OpenClError.Check(code, $"clCreateKernel of {name}");
        _kernels.Add(name, kernel);
        return kernel;
    }
}
