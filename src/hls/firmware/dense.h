// Dense layers and products of matrices. A layer's CONFIG names its sizes and types, and how a result is stored.
#ifndef GATEWRIGHT_DENSE_H
#define GATEWRIGHT_DENSE_H

#include "values.h"

namespace gw {

// y[p][j] = bias[j] + sum_i x[p][i] * weights[i][j] at every position p, all products at once.
template <class CONFIG, class X, class W, class B, class Y>
void dense(const X x[CONFIG::positions * CONFIG::inputs], const W weights[CONFIG::inputs][CONFIG::outputs],
           const B bias[CONFIG::outputs], Y y[CONFIG::positions * CONFIG::outputs]) {
#pragma HLS INLINE
    for (int p = 0; p < CONFIG::positions; p++) {
#pragma HLS UNROLL
        for (int j = 0; j < CONFIG::outputs; j++) {
#pragma HLS UNROLL
            typename CONFIG::sum_t sum = value<typename CONFIG::bias_t>(bias[j]);
            for (int i = 0; i < CONFIG::inputs; i++) {
#pragma HLS UNROLL
                if (weights[i][j] != 0)
                    sum = added<typename CONFIG::sum_t, CONFIG::convert_products>(
                        sum, x[p * CONFIG::inputs + i] * value<typename CONFIG::weight_t>(weights[i][j]));
            }
            CONFIG::store(y, p * CONFIG::outputs + j, sum);
        }
    }
}

// y[b][m][n] = sum_k left[b][m][k] * right[b][k][n]
template <class CONFIG, class L, class R, class Y>
void matmul(const L left[CONFIG::batches * CONFIG::rows * CONFIG::inner],
            const R right[CONFIG::batches * CONFIG::inner * CONFIG::columns],
            Y y[CONFIG::batches * CONFIG::rows * CONFIG::columns]) {
#pragma HLS INLINE
    for (int b = 0; b < CONFIG::batches; b++) {
#pragma HLS UNROLL
        for (int m = 0; m < CONFIG::rows; m++) {
#pragma HLS UNROLL
            for (int n = 0; n < CONFIG::columns; n++) {
#pragma HLS UNROLL
                typename CONFIG::sum_t sum = 0;
                for (int k = 0; k < CONFIG::inner; k++) {
#pragma HLS UNROLL
                    sum = added<typename CONFIG::sum_t, CONFIG::convert_products>(
                        sum, left[(b * CONFIG::rows + m) * CONFIG::inner + k] *
                                 right[(b * CONFIG::inner + k) * CONFIG::columns + n]);
                }
                CONFIG::store(y, (b * CONFIG::rows + m) * CONFIG::columns + n, sum);
            }
        }
    }
}

} // namespace gw

#endif
