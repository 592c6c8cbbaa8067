// The text of firmware/layers.h: what each op means, written once, in ap_types' own arithmetic.
#pragma once

#include <string_view>

namespace gw::hls {

inline constexpr std::string_view layer_templates =
    R"(// One template per kind of layer. ap_fixed expressions are exact; a value is rounded, wrapped or saturated only where it is converted
// to the type of an array element or of an accumulator.
#pragma once

#include "ap_fixed.h"

namespace gw {

// y[j] = b[j] + sum_i x[i] * w[i][j]. SUM is wide enough for every partial sum, so the order does not matter.
template <class SUM, int IN, int OUT, class X, class W, class B, class Y>
void dense(const X x[IN], const W w[IN][OUT], const B b[OUT], Y y[OUT]) {
#pragma HLS INLINE
    for (int j = 0; j < OUT; j++) {
#pragma HLS UNROLL
        SUM sum = b[j];
        for (int i = 0; i < IN; i++) {
#pragma HLS UNROLL
            if (w[i][j] != 0)
                sum += x[i] * w[i][j];
        }
        y[j] = Y(sum);
    }
}

// The same with the running sum converted to ACC after each term; CONVERT_PRODUCTS: each product before it is added, too.
template <class ACC, bool CONVERT_PRODUCTS, int IN, int OUT, class X, class W, class B, class Y>
void dense_accumulate(const X x[IN], const W w[IN][OUT], const B b[OUT], Y y[OUT]) {
#pragma HLS INLINE
    for (int j = 0; j < OUT; j++) {
#pragma HLS UNROLL
        ACC sum = ACC(b[j]);
        for (int i = 0; i < IN; i++) {
#pragma HLS UNROLL
            if (w[i][j] != 0) {
                if (CONVERT_PRODUCTS)
                    sum = ACC(sum + ACC(x[i] * w[i][j]));
                else
                    sum = ACC(sum + x[i] * w[i][j]);
            }
        }
        y[j] = Y(sum);
    }
}

// y[i] = x[i] * scale[i] + bias[i]; arrays of one constant serve every element.
template <int N, int SCALES, int BIASES, class X, class S, class B, class Y>
void affine(const X x[N], const S scale[SCALES], const B bias[BIASES], Y y[N]) {
#pragma HLS INLINE
    for (int i = 0; i < N; i++) {
#pragma HLS UNROLL
        y[i] = Y(x[i] * scale[SCALES == 1 ? 0 : i] + bias[BIASES == 1 ? 0 : i]);
    }
}

// y[i] = max(x[i], 0)
template <int N, class X, class Y>
void relu(const X x[N], Y y[N]) {
#pragma HLS INLINE
    for (int i = 0; i < N; i++) {
#pragma HLS UNROLL
        if (x[i] > 0)
            y[i] = Y(x[i]);
        else
            y[i] = 0;
    }
}

// y[i] = min(max(x[i], 0), ceiling)
template <int N, class X, class C, class Y>
void relu_below(const X x[N], const C ceiling, Y y[N]) {
#pragma HLS INLINE
    for (int i = 0; i < N; i++) {
#pragma HLS UNROLL
        if (x[i] > ceiling)
            y[i] = Y(ceiling);
        else if (x[i] > 0)
            y[i] = Y(x[i]);
        else
            y[i] = 0;
    }
}

// y[i] = x[i], converted
template <int N, class X, class Y>
void requantise(const X x[N], Y y[N]) {
#pragma HLS INLINE
    for (int i = 0; i < N; i++) {
#pragma HLS UNROLL
        y[i] = Y(x[i]);
    }
}

} // namespace gw
)";

} // namespace gw::hls
