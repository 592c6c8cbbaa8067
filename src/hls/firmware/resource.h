// Dense layers and convolutions in a given number of clocks a position: outputs come in groups, and where there are more
// clocks than outputs, the inputs of each come in slices. Weights lie clock by clock, so that one word of a memory holds
// all that a clock multiplies.
#ifndef GATEWRIGHT_RESOURCE_H
#define GATEWRIGHT_RESOURCE_H

#include "values.h"
#include "windows.h"

namespace gw {

// The value that row i of output j's weights is multiplied with at position p.
struct DenseInputs {
    template <class CONFIG, class X> static X at(const X x[], int p, int i, int) {
#pragma HLS INLINE
        return x[p * CONFIG::inputs + i];
    }
};

// Row i stands for a place in the window and a channel; what is outside the image is 0.
struct WindowInputs {
    template <class CONFIG, class X> static X at(const X x[], int p, int i, int j) {
#pragma HLS INLINE
        const int tap = i / CONFIG::depth;
        const int row = window_row<CONFIG>(p / CONFIG::out_width, tap / CONFIG::window_w);
        const int column = window_column<CONFIG>(p % CONFIG::out_width, tap % CONFIG::window_w);
        const int channel = j / (CONFIG::outputs / CONFIG::groups) * CONFIG::depth + i % CONFIG::depth;
        X result = 0;
        if (in_image<CONFIG>(row, column))
            result = x[(row * CONFIG::width + column) * CONFIG::channels + channel];
        return result;
    }
};

// sum + products of a slice of output j's inputs, in their order. Where no sum is ever converted (CONFIG::exact), the
// products are added up first, so that a running sum waits for one addition alone.
template <class CONFIG, class INPUTS, class X, class W>
typename CONFIG::sum_t with_slice(typename CONFIG::sum_t sum, const X x[], const W weights[], int p, int first, int j) {
#pragma HLS INLINE
    typename CONFIG::sum_t part = 0;
    if (!CONFIG::exact)
        part = sum;
    for (int m = 0; m < CONFIG::inputs_at_once; m++) {
#pragma HLS UNROLL
        if (first + m < CONFIG::inputs)
            part = added<typename CONFIG::sum_t, CONFIG::convert_products>(
                part, INPUTS::template at<CONFIG>(x, p, first + m, j) * value<typename CONFIG::weight_t>(weights[m]));
    }
    if (CONFIG::exact)
        part = added<typename CONFIG::sum_t, false>(sum, part);
    return part;
}

// y[p][j] = bias[j] + sum_i INPUTS(x, p, i, j) * weight[i][j], in CONFIG::clocks a position. weights[c][k][m] belongs to
// clock c, the k-th output of its group and the m-th input of its slice.
template <class CONFIG, class INPUTS, class X, class W, class B, class Y>
void in_clocks(const X x[], const W weights[CONFIG::clocks][CONFIG::outputs_at_once][CONFIG::inputs_at_once],
               const B bias[CONFIG::outputs], Y y[]) {
#pragma HLS INLINE off
#pragma HLS ARRAY_RESHAPE variable=weights complete dim=2
#pragma HLS ARRAY_RESHAPE variable=weights complete dim=3
#pragma HLS ARRAY_PARTITION variable=bias complete
    typename CONFIG::sum_t sums[CONFIG::outputs_at_once];
#pragma HLS ARRAY_PARTITION variable=sums complete
    int output = 0, input = 0; // the first ones of this clock
    for (int p = 0; p < CONFIG::positions; p++) {
        for (int c = 0; c < CONFIG::clocks; c++) {
#pragma HLS PIPELINE II=1
            if (c == 0) {
                output = 0;
                input = 0;
            }
            const bool first = input == 0, last = input + CONFIG::inputs_at_once >= CONFIG::inputs;
            for (int k = 0; k < CONFIG::outputs_at_once; k++) {
#pragma HLS UNROLL
                if (output + k < CONFIG::outputs) {
                    typename CONFIG::sum_t sum = sums[k];
                    if (first)
                        sum = value<typename CONFIG::bias_t>(bias[output + k]);
                    sum = with_slice<CONFIG, INPUTS>(sum, x, weights[c][k], p, input, output + k);
                    sums[k] = sum;
                    if (last)
                        CONFIG::store(y, p * CONFIG::outputs + output + k, sum);
                }
            }
            input = last ? 0 : input + CONFIG::inputs_at_once;
            output = last ? output + CONFIG::outputs_at_once : output;
        }
    }
}

template <class CONFIG, class X, class W, class B, class Y>
void dense_resource(const X x[CONFIG::positions * CONFIG::inputs],
                    const W weights[CONFIG::clocks][CONFIG::outputs_at_once][CONFIG::inputs_at_once],
                    const B bias[CONFIG::outputs], Y y[CONFIG::positions * CONFIG::outputs]) {
#pragma HLS INLINE
    in_clocks<CONFIG, DenseInputs>(x, weights, bias, y);
}

template <class CONFIG, class X, class W, class B, class Y>
void conv_resource(const X x[CONFIG::height * CONFIG::width * CONFIG::channels],
                   const W weights[CONFIG::clocks][CONFIG::outputs_at_once][CONFIG::inputs_at_once],
                   const B bias[CONFIG::outputs], Y y[CONFIG::positions * CONFIG::outputs]) {
#pragma HLS INLINE
    in_clocks<CONFIG, WindowInputs>(x, weights, bias, y);
}

} // namespace gw

#endif
