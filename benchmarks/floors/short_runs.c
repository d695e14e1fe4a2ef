// How fast the backward of batch norm 16x2048x7x7 (f32, channels first) can be on a machine with AVX-512: the two loops and
// nothing else. No statistics, no checks, no tails, numbers of the channels left as they are. What it prints is a floor for
// the tiers of the library, not a promise.
//
//   gcc -O3 -march=native -fopenmp short_runs.c -o short_runs && ./short_runs
//
// Channels are taken 16 at a time, 784 neighbouring columns, samples being rows; two threads, half of the channels each.
#include <immintrin.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum
{
    SAMPLES = 16,
    CHANNELS = 2048,
    SPACE = 49,
    COLUMNS = 16 * SPACE,
    STRIPS = CHANNELS / 16,
    THREADS = 2,
    NUMBERS = 8,
    ROUNDS = 10,
    WARM_UP = 10,
    SLICE = 30,
    WAYS = 4
};

static const long ROW = (long)CHANNELS * SPACE;
static float *x, *dy, *dx, *singles;
static double *doubles, *sums[THREADS];

// Fast: four rows added in binary32, then to binary64. Sums of dy and of dy * (x - mean) * scale.
static void add_in_binary32(long at, double *to)
{
    for (int top = 0; top < SAMPLES; top += 8)
        for (int c = 0; c < COLUMNS; c += 16)
        {
            const __m512 mean = _mm512_loadu_ps(singles + c), scale = _mm512_loadu_ps(singles + COLUMNS + c);
            __m512d sum[4] = {0};
            for (int four = 0; four < 8; four += 4)
            {
                __m512 a = _mm512_setzero_ps(), b = a;
                for (int i = 0; i < 4; i++)
                {
                    const long o = at + (top + four + i) * ROW + c;
                    const __m512 g = _mm512_loadu_ps(dy + o);
                    a = _mm512_add_ps(a, g);
                    b = _mm512_fmadd_ps(g, _mm512_mul_ps(_mm512_sub_ps(_mm512_loadu_ps(x + o), mean), scale), b);
                }
                sum[0] = _mm512_add_pd(sum[0], _mm512_cvtps_pd(_mm512_castps512_ps256(a)));
                sum[1] = _mm512_add_pd(sum[1], _mm512_cvtps_pd(_mm512_extractf32x8_ps(a, 1)));
                sum[2] = _mm512_add_pd(sum[2], _mm512_cvtps_pd(_mm512_castps512_ps256(b)));
                sum[3] = _mm512_add_pd(sum[3], _mm512_cvtps_pd(_mm512_extractf32x8_ps(b, 1)));
            }
            for (int i = 0; i < 4; i++)
            {
                double *total = to + 4 * c + 8 * i;
                _mm512_storeu_pd(total, top == 0 ? sum[i] : _mm512_add_pd(sum[i], _mm512_loadu_pd(total)));
            }
        }
}

static void write_in_binary32(long at, int streamed)
{
    for (int top = 0; top < SAMPLES; top += 4)
        for (int c = 0; c < COLUMNS; c += 16)
        {
            __m512 n[7];
            for (int i = 0; i < 7; i++)
                n[i] = _mm512_loadu_ps(singles + i * COLUMNS + c);
            for (int i = 0; i < 4; i++)
            {
                const long o = at + (top + i) * ROW + c;
                const __m512 a = _mm512_fmadd_ps(_mm512_sub_ps(_mm512_loadu_ps(x + o), n[0]), n[1], n[2]);
                const __m512 g = _mm512_fmadd_ps(_mm512_loadu_ps(dy + o), n[3], n[4]);
                const __m512 r = _mm512_mul_ps(_mm512_fmadd_ps(a, n[5], g), n[6]);
                streamed ? _mm512_stream_ps(dx + o, r) : _mm512_storeu_ps(dx + o, r);
            }
        }
}

// Faithful: everything in binary64, in one look about a pivot: sums of x - pivot, its square, dy, its square, and their product.
static void add_in_binary64(long at, double *to)
{
    for (int c = 0; c < COLUMNS; c += 8)
    {
        const __m512d pivot = _mm512_loadu_pd(doubles + c);
        __m512d sum[5] = {0};
        for (int i = 0; i < SAMPLES; i++)
        {
            const __m512d t = _mm512_sub_pd(_mm512_cvtps_pd(_mm256_loadu_ps(x + at + i * ROW + c)), pivot);
            const __m512d g = _mm512_cvtps_pd(_mm256_loadu_ps(dy + at + i * ROW + c));
            sum[0] = _mm512_add_pd(sum[0], t);
            sum[1] = _mm512_fmadd_pd(t, t, sum[1]);
            sum[2] = _mm512_add_pd(sum[2], g);
            sum[3] = _mm512_fmadd_pd(g, g, sum[3]);
            sum[4] = _mm512_fmadd_pd(t, g, sum[4]);
        }
        for (int i = 0; i < 5; i++)
            _mm512_storeu_pd(to + i * COLUMNS + c, sum[i]);
    }
}

static __m256 slope(long o, const __m512d *n)
{
    const __m512d a = _mm512_fmadd_pd(_mm512_sub_pd(_mm512_cvtps_pd(_mm256_loadu_ps(x + o)), n[0]), n[1], n[2]);
    const __m512d g = _mm512_fmadd_pd(_mm512_cvtps_pd(_mm256_loadu_ps(dy + o)), n[3], n[4]);
    return _mm512_cvtpd_ps(_mm512_mul_pd(_mm512_fmadd_pd(a, n[5], g), n[6]));
}

static void write_in_binary64(long at, int streamed)
{
    for (int c = 0; c < COLUMNS; c += 16)
    {
        __m512d low[7], high[7];
        for (int i = 0; i < 7; i++)
        {
            low[i] = _mm512_loadu_pd(doubles + i * COLUMNS + c);
            high[i] = _mm512_loadu_pd(doubles + i * COLUMNS + c + 8);
        }
        for (int i = 0; i < SAMPLES; i++)
        {
            const long o = at + i * ROW + c;
            const __m512 r = _mm512_insertf32x8(_mm512_castps256_ps512(slope(o, low)), slope(o + 8, high), 1);
            streamed ? _mm512_stream_ps(dx + o, r) : _mm512_storeu_ps(dx + o, r);
        }
    }
}

static void backward(int way)
{
#pragma omp parallel for num_threads(THREADS) schedule(static)
    for (int thread = 0; thread < THREADS; thread++)
    {
        for (int strip = thread * STRIPS / THREADS; strip < (thread + 1) * STRIPS / THREADS; strip++)
        {
            const long at = (long)strip * COLUMNS;
            if (way < 2)
            {
                add_in_binary32(at, sums[thread]);
                write_in_binary32(at, way == 1);
            }
            else
            {
                add_in_binary64(at, sums[thread]);
                write_in_binary64(at, way == 3);
            }
        }
        _mm_sfence();
    }
}

static double microseconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e6 + t.tv_nsec * 1e-3;
}

static int by_size(const void *a, const void *b)
{
    const double d = *(const double *)a - *(const double *)b;
    return (d > 0) - (d < 0);
}

// Tensors begin at different lines of a page: processors tell loads and stores apart by the low bits of addresses.
static float *tensor(int lines)
{
    float *memory = (float *)aligned_alloc(4096, SAMPLES * ROW * sizeof(float) + 4096 * 4) + lines * 16;
    for (long i = 0; i < SAMPLES * ROW; i++)
        memory[i] = rand() / 1e9f;
    return memory;
}

int main(void)
{
    static double times[WAYS][ROUNDS * SLICE];
    const char *names[WAYS] = {"binary32, dx through the caches", "binary32, dx past the caches",
        "binary64, dx through the caches", "binary64, dx past the caches"};
    x = tensor(0);
    dy = tensor(20);
    dx = tensor(40);
    singles = aligned_alloc(64, NUMBERS * COLUMNS * sizeof(float));
    doubles = aligned_alloc(64, NUMBERS * COLUMNS * sizeof(double));
    for (int i = 0; i < NUMBERS * COLUMNS; i++)
        singles[i] = (float)(doubles[i] = rand() / 2e9);
    for (int i = 0; i < THREADS; i++)
        sums[i] = calloc(5 * COLUMNS + 64, sizeof(double)), sums[i] += 8 - ((size_t)sums[i] / 8) % 8;

    // The ways take turns, and what one leaves in the caches is gone before the next one counts.
    for (int round = 0; round < ROUNDS; round++)
        for (int way = 0; way < WAYS; way++)
            for (int i = -WARM_UP; i < SLICE; i++)
            {
                const double began = microseconds();
                backward(way);
                if (i >= 0)
                    times[way][round * SLICE + i] = microseconds() - began;
            }

    for (int way = 0; way < WAYS; way++)
    {
        qsort(times[way], ROUNDS * SLICE, sizeof(double), by_size);
        printf("%-32s median %4.0f us, least %4.0f us\n", names[way], times[way][ROUNDS * SLICE / 2], times[way][0]);
    }
    return 0;
}
