// Convolutions and pools. Element (h, w) of a window at output position (oh, ow) stands at row
// oh * stride_h + h * dilation_h - pad_top and column ow * stride_w + w * dilation_w - pad_left; what is outside is padding.
#ifndef GATEWRIGHT_WINDOWS_H
#define GATEWRIGHT_WINDOWS_H

#include "values.h"

namespace gw {

template <class CONFIG> int window_row(int oh, int h) {
#pragma HLS INLINE
    return oh * CONFIG::stride_h + h * CONFIG::dilation_h - CONFIG::pad_top;
}
template <class CONFIG> int window_column(int ow, int w) {
#pragma HLS INLINE
    return ow * CONFIG::stride_w + w * CONFIG::dilation_w - CONFIG::pad_left;
}
template <class CONFIG> bool in_image(int row, int column) {
#pragma HLS INLINE
    return row >= 0 && row < CONFIG::height && column >= 0 && column < CONFIG::width;
}

// One filter at one position.
template <class CONFIG, class X, class W, class B>
typename CONFIG::sum_t filtered(const X x[CONFIG::height * CONFIG::width * CONFIG::channels],
                                const W weights[CONFIG::window_h * CONFIG::window_w][CONFIG::depth][CONFIG::filters],
                                const B bias[CONFIG::filters], int oh, int ow, int f) {
#pragma HLS INLINE
    typename CONFIG::sum_t sum = value<typename CONFIG::bias_t>(bias[f]);
    const int first = f / (CONFIG::filters / CONFIG::groups) * CONFIG::depth;
    for (int h = 0; h < CONFIG::window_h; h++) {
#pragma HLS UNROLL
        for (int w = 0; w < CONFIG::window_w; w++) {
#pragma HLS UNROLL
            const int row = window_row<CONFIG>(oh, h), column = window_column<CONFIG>(ow, w);
            if (in_image<CONFIG>(row, column)) {
                for (int c = 0; c < CONFIG::depth; c++) {
#pragma HLS UNROLL
                    if (weights[h * CONFIG::window_w + w][c][f] != 0)
                        sum = added<typename CONFIG::sum_t, CONFIG::convert_products>(
                            sum, x[(row * CONFIG::width + column) * CONFIG::channels + first + c] *
                                     value<typename CONFIG::weight_t>(weights[h * CONFIG::window_w + w][c][f]));
                }
            }
        }
    }
    return sum;
}

// All positions at once.
template <class CONFIG, class X, class W, class B, class Y>
void conv(const X x[CONFIG::height * CONFIG::width * CONFIG::channels],
          const W weights[CONFIG::window_h * CONFIG::window_w][CONFIG::depth][CONFIG::filters],
          const B bias[CONFIG::filters], Y y[CONFIG::out_height * CONFIG::out_width * CONFIG::filters]) {
#pragma HLS INLINE
    for (int oh = 0; oh < CONFIG::out_height; oh++) {
#pragma HLS UNROLL
        for (int ow = 0; ow < CONFIG::out_width; ow++) {
#pragma HLS UNROLL
            for (int f = 0; f < CONFIG::filters; f++) {
#pragma HLS UNROLL
                CONFIG::store(y, (oh * CONFIG::out_width + ow) * CONFIG::filters + f,
                              filtered<CONFIG>(x, weights, bias, oh, ow, f));
            }
        }
    }
}

// The largest value under each window; a window over nothing but padding that has no value gives 0.
template <class CONFIG, class X, class Y>
void pool_maximum(const X x[CONFIG::height * CONFIG::width * CONFIG::channels],
                  Y y[CONFIG::out_height * CONFIG::out_width * CONFIG::channels]) {
#pragma HLS INLINE
    for (int oh = 0; oh < CONFIG::out_height; oh++) {
#pragma HLS UNROLL
        for (int ow = 0; ow < CONFIG::out_width; ow++) {
#pragma HLS UNROLL
            for (int c = 0; c < CONFIG::channels; c++) {
#pragma HLS UNROLL
                typename CONFIG::value_t best = 0;
                bool any = false;
                for (int h = 0; h < CONFIG::window_h; h++) {
#pragma HLS UNROLL
                    for (int w = 0; w < CONFIG::window_w; w++) {
#pragma HLS UNROLL
                        const int row = window_row<CONFIG>(oh, h), column = window_column<CONFIG>(ow, w);
                        const bool image = in_image<CONFIG>(row, column);
                        if (image || CONFIG::padded) {
                            typename CONFIG::value_t seen = value<typename CONFIG::padding_t>(CONFIG::padding);
                            if (image)
                                seen = x[(row * CONFIG::width + column) * CONFIG::channels + c];
                            if (!any || seen > best)
                                best = seen;
                            any = true;
                        }
                    }
                }
                CONFIG::store(y, (oh * CONFIG::out_width + ow) * CONFIG::channels + c, best);
            }
        }
    }
}

// The sum under each window. An average divides in a layer of its own.
template <class CONFIG, class X, class Y>
void pool_sum(const X x[CONFIG::height * CONFIG::width * CONFIG::channels],
              Y y[CONFIG::out_height * CONFIG::out_width * CONFIG::channels]) {
#pragma HLS INLINE
    for (int oh = 0; oh < CONFIG::out_height; oh++) {
#pragma HLS UNROLL
        for (int ow = 0; ow < CONFIG::out_width; ow++) {
#pragma HLS UNROLL
            for (int c = 0; c < CONFIG::channels; c++) {
#pragma HLS UNROLL
                typename CONFIG::sum_t sum = 0;
                for (int h = 0; h < CONFIG::window_h; h++) {
#pragma HLS UNROLL
                    for (int w = 0; w < CONFIG::window_w; w++) {
#pragma HLS UNROLL
                        const int row = window_row<CONFIG>(oh, h), column = window_column<CONFIG>(ow, w);
                        if (in_image<CONFIG>(row, column))
                            sum = added<typename CONFIG::sum_t, CONFIG::convert_products>(
                                sum, x[(row * CONFIG::width + column) * CONFIG::channels + c]);
                        else if (CONFIG::padded)
                            sum = added<typename CONFIG::sum_t, CONFIG::convert_products>(
                                sum, value<typename CONFIG::padding_t>(CONFIG::padding));
                    }
                }
                CONFIG::store(y, (oh * CONFIG::out_width + ow) * CONFIG::channels + c, sum);
            }
        }
    }
}

} // namespace gw

#endif
