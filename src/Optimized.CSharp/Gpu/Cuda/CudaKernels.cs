using System.Text;

namespace NormCheck.Optimized.Gpu.Cuda;

/// <summary>The functions of one module, for one stream.</summary>
internal sealed unsafe class CudaKernels(CudaDevice device, nint stream, nint module) : GpuKernels
{
    private readonly Dictionary<string, nint> _functions = [];

    public override void Launch(string name, long groups, int items, ReadOnlySpan<nint> arguments)
    {
        device.Enter();
        var function = Function(name);
        var pointers = stackalloc void*[arguments.Length];
        fixed (nint* first = arguments)
        {
            for (var i = 0; i < arguments.Length; i++)
            {
                pointers[i] = first + i;
            }

            device.Api.Check(
                device.Api.LaunchKernel(
                    function,
                    checked((uint)groups),
                    1,
                    1,
                    (uint)items,
                    1,
                    1,
                    0,
                    stream,
                    pointers,
                    null
                ),
                $"cuLaunchKernel of {name}, {groups} groups of {items}"
            );
        }
    }

    private nint Function(string name)
    {
        if (_functions.TryGetValue(name, out var function))
        {
            return function;
        }

        fixed (byte* text = Encoding.UTF8.GetBytes(name + '\0'))
        {
            device.Api.Check(
                device.Api.ModuleGetFunction(&function, module, text),
                $"cuModuleGetFunction of {name}"
            );
        }

        _functions.Add(name, function);
        return function;
    }
}
