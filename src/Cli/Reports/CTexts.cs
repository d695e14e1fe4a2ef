namespace NormCheck.Cli.Reports;

/// <summary>The part of a C reproduction that is the same in all of them.</summary>
internal static class CTexts
{
    public const string Helpers = """
        static int64_t distance(const nc_tensor *t, int64_t flat)
        {
            int64_t at = 0;
            for (int axis = t->rank - 1; axis >= 0; axis--) {
                at += flat % t->shape[axis] * t->strides[axis];
                flat /= t->shape[axis];
            }
            return at;
        }

        static int64_t elements(const nc_tensor *t)
        {
            int64_t product = 1;
            for (int axis = 0; axis < t->rank; axis++)
                product *= t->shape[axis];
            return product;
        }

        static size_t size_of(int32_t dtype)
        {
            return dtype == NC_F64 ? 8 : dtype == NC_F32 ? 4 : 2;
        }

        /* Memory of its own, holding the bits, or 0xff (NaN) where there are none. */
        static nc_tensor tensor(const int64_t *shape, const int64_t *strides, int32_t rank, int32_t dtype, const void *bits)
        {
            nc_tensor t = {NULL, shape, strides, rank, dtype};
            size_t bytes = (size_t)(distance(&t, elements(&t) - 1) + 1) * size_of(dtype);
            t.data = malloc(bytes);
            if (!t.data)
                exit(2);
            if (bits)
                memcpy(t.data, bits, bytes);
            else
                memset(t.data, 0xff, bytes);
            return t;
        }

        static double half(uint16_t bits)
        {
            int exponent = bits >> 10 & 31, fraction = bits & 1023;
            double size = exponent == 31 ? (fraction ? NAN : INFINITY)
                : exponent ? ldexp(1024 + fraction, exponent - 25) : ldexp(fraction, -24);
            return bits >> 15 ? -size : size;
        }

        static double element(const nc_tensor *t, int64_t flat)
        {
            int64_t at = distance(t, flat);
            uint32_t wide;
            float single;
            switch (t->dtype) {
            case NC_F64: return ((double *)t->data)[at];
            case NC_F32: return ((float *)t->data)[at];
            case NC_F16: return half(((uint16_t *)t->data)[at]);
            default:
                wide = (uint32_t)((uint16_t *)t->data)[at] << 16;
                memcpy(&single, &wide, 4);
                return single;
            }
        }

        /* A bound below 0: nothing is asked of the element. */
        static int show(const char *name, const nc_tensor *t, const double *truth, const double *bound)
        {
            int wrong = 0;
            for (int64_t i = 0; i < elements(t); i++) {
                double value = element(t, i);
                int right = bound[i] < 0 ? 1 : isnan(truth[i]) ? isnan(value)
                    : value == truth[i] || fabs(value - truth[i]) <= bound[i];
                printf("%s[%lld] %.17g", name, (long long)i, value);
                if (bound[i] >= 0)
                    printf("  truth %.17g  bound %.3g%s", truth[i], bound[i], right ? "" : "  WRONG");
                printf("\n");
                wrong += !right;
            }
            return wrong;
        }


        """;
}
