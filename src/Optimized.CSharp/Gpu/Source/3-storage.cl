// Elements in memory. Reading is exact; writing rounds to f32 first where data is f16 or bf16, as the CPU kernels do.

#if STORED_TYPE == 64
typedef double STORED;
typedef double PARAMETER;
#define LOAD(memory, i) ((memory)[i])
#define STORE(memory, i, value) ((memory)[i] = (value))
#elif STORED_TYPE == 32
typedef float STORED;
typedef float PARAMETER;
#define LOAD(memory, i) ((REAL)(memory)[i])
#define STORE(memory, i, value) ((memory)[i] = (float)(value))
#define BITS(memory, i) BITS_OF_SINGLE((memory)[i])
#elif STORED_TYPE == 16
typedef half STORED;
typedef float PARAMETER;
#define LOAD(memory, i) ((REAL)HALF_TO_SINGLE(memory, i))
#define STORE(memory, i, value) SINGLE_TO_HALF((float)(value), memory, i)
#else
typedef ushort STORED;
typedef float PARAMETER;
#define BITS(memory, i) ((uint)(memory)[i] << 16)
#define LOAD(memory, i) ((REAL)SINGLE_OF_BITS(BITS(memory, i)))
#define STORE(memory, i, value) ((memory)[i] = brain_of((float)(value)))

DEVICE ushort brain_of(float value)
{
    uint bits = BITS_OF_SINGLE(value);
    return value != value ? (ushort)((bits >> 16) | 0x40u) : (ushort)((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}
#endif

// Elements in local or private memory, where OpenCL C 1.2 knows no variables of type half.
#if STORED_TYPE == 16
typedef ushort RAW;
#define RAW_OF(memory) ((GLOBAL const ushort *)(memory))
#define LOAD_LOCAL(memory, i) LOAD((LOCAL const half *)(memory), i)
#define LOAD_PRIVATE(memory, i) LOAD((const half *)(memory), i)
#define STORE_PRIVATE(memory, i, value) STORE((half *)(memory), i, value)
#else
typedef STORED RAW;
#define RAW_OF(memory) (memory)
#define LOAD_LOCAL(memory, i) LOAD(memory, i)
#define LOAD_PRIVATE(memory, i) LOAD(memory, i)
#define STORE_PRIVATE(memory, i, value) STORE(memory, i, value)
#endif

// Neighbouring elements that are moved by one instruction: 16 bytes.
#define PACK (16 / (int)sizeof(RAW))

typedef struct
{
    RAW element[16 / sizeof(RAW)];
} __attribute__((aligned(16))) pack;

// γ, β or a statistic; missing ones have a value too.
DEVICE REAL parameter(GLOBAL const PARAMETER *memory, INT64 i, REAL missing)
{
    return memory ? (REAL)memory[i] : missing;
}
