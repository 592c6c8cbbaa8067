// Layers that work element by element, and reductions of the last axis. Constants of fewer elements than the tensor repeat.
#ifndef GATEWRIGHT_ELEMENTS_H
#define GATEWRIGHT_ELEMENTS_H

#include "values.h"

namespace gw {

// y[i] = x[i] * scale[i] + bias[i]
template <class CONFIG, class X, class S, class B, class Y>
void affine(const X x[CONFIG::size], const S scale[CONFIG::scales], const B bias[CONFIG::biases], Y y[CONFIG::size]) {
#pragma HLS INLINE
    for (int i = 0; i < CONFIG::size; i++) {
#pragma HLS UNROLL
        CONFIG::store(y, i,
                      x[i] * value<typename CONFIG::scale_t>(scale[i % CONFIG::scales]) +
                          value<typename CONFIG::bias_t>(bias[i % CONFIG::biases]));
    }
}

// y[i] = x[i] / divisor[i], rounded once: the quotient with two more bits than any element of y, the last of them set
// where anything lies below.
template <class CONFIG, class X, class D, class Y>
void divide(const X x[CONFIG::size], const D divisor[CONFIG::divisors], Y y[CONFIG::size]) {
#pragma HLS INLINE
    for (int i = 0; i < CONFIG::size; i++) {
#pragma HLS UNROLL
        const typename CONFIG::argument_t argument = x[i]; // signed
        const Integer<CONFIG::bits> above = mantissa<CONFIG::bits>(argument) * (Integer<CONFIG::bits>(1) << CONFIG::up);
        const Integer<CONFIG::bits> below = Integer<CONFIG::bits>(divisor[i % CONFIG::divisors]) << CONFIG::down;
        bool rest = false;
        Integer<CONFIG::bits> quotient = floor_divide(above, below, rest);
        if (rest)
            quotient |= 1;
        CONFIG::store(y, i, value<typename CONFIG::quotient_t>(quotient));
    }
}

// y[i] = max(x[i], 0)
template <class CONFIG, class X, class Y> void relu(const X x[CONFIG::size], Y y[CONFIG::size]) {
#pragma HLS INLINE
    const X zero = 0;
    for (int i = 0; i < CONFIG::size; i++) {
#pragma HLS UNROLL
        X result = zero;
        if (x[i] > zero)
            result = x[i];
        CONFIG::store(y, i, result);
    }
}

// y[i] = min(max(x[i], 0), ceiling)
template <class CONFIG, class X, class Y> void relu_below(const X x[CONFIG::size], Y y[CONFIG::size]) {
#pragma HLS INLINE
    const typename CONFIG::ceiling_t ceiling = value<typename CONFIG::ceiling_t>(CONFIG::ceiling);
    const X zero = 0;
    for (int i = 0; i < CONFIG::size; i++) {
#pragma HLS UNROLL
        X result = zero;
        if (x[i] > zero)
            result = x[i];
        if (result > ceiling)
            CONFIG::store(y, i, ceiling);
        else
            CONFIG::store(y, i, result);
    }
}

// y[i] = subject[i] > threshold[i] ? above[i] : below[i]; >= where CONFIG::closed
template <class CONFIG, class S, class A, class B, class T, class Y>
void select(const S subject[CONFIG::size], const A above[CONFIG::size], const B below[CONFIG::size],
            const T threshold[CONFIG::thresholds], Y y[CONFIG::size]) {
#pragma HLS INLINE
    for (int i = 0; i < CONFIG::size; i++) {
#pragma HLS UNROLL
        const typename CONFIG::threshold_t limit =
            value<typename CONFIG::threshold_t>(threshold[i % CONFIG::thresholds]);
        if (subject[i] > limit || (CONFIG::closed && subject[i] == limit))
            CONFIG::store(y, i, above[i]);
        else
            CONFIG::store(y, i, below[i]);
    }
}

// y[i] = values[(x[i] * numerator / denominator) + offset], x[i] as an integer, the place clamped to the table
template <class CONFIG, class X, class V, class Y>
void table(const X x[CONFIG::size], const V values[CONFIG::points], Y y[CONFIG::size]) {
#pragma HLS INLINE
    for (int i = 0; i < CONFIG::size; i++) {
#pragma HLS UNROLL
        const typename CONFIG::argument_t argument = x[i]; // to the binary point of the place
        Integer<CONFIG::bits> place = mantissa<CONFIG::bits>(argument) * Integer<CONFIG::bits>(CONFIG::numerator);
        if (CONFIG::denominator != 1) {
            bool rest = false;
            const Integer<CONFIG::bits> denominator = CONFIG::denominator;
            if (CONFIG::towards_zero)
                place = place / denominator;
            else
                place = floor_divide(place, denominator, rest);
        }
        place = place + Integer<CONFIG::bits>(CONFIG::offset);
        if (place < 0)
            place = 0;
        if (place > CONFIG::points - 1)
            place = CONFIG::points - 1;
        CONFIG::store(y, i, value<typename CONFIG::value_t>(values[int(place)]));
    }
}

// y[i] = values[how many thresholds are at most x[i]]
template <class CONFIG, class X, class T, class V, class Y>
void steps(const X x[CONFIG::size], const T thresholds[CONFIG::threshold_rows][CONFIG::count],
           const V values[CONFIG::value_rows][CONFIG::count + 1], Y y[CONFIG::size]) {
#pragma HLS INLINE
    for (int i = 0; i < CONFIG::size; i++) {
#pragma HLS UNROLL
        int passed = 0;
        for (int k = 0; k < CONFIG::count; k++) {
#pragma HLS UNROLL
            if (x[i] >= value<typename CONFIG::threshold_t>(thresholds[i % CONFIG::threshold_rows][k]))
                passed++;
        }
        CONFIG::store(y, i, value<typename CONFIG::value_t>(values[i % CONFIG::value_rows][passed]));
    }
}

// y[i][:] = table[x[i] rounded down][:], the index clamped to the table
template <class CONFIG, class X, class V, class Y>
void embedding(const X x[CONFIG::size], const V table[CONFIG::entries][CONFIG::width],
               Y y[CONFIG::size * CONFIG::width]) {
#pragma HLS INLINE
    for (int i = 0; i < CONFIG::size; i++) {
#pragma HLS UNROLL
        typename CONFIG::index_t index = x[i]; // rounds down
        if (index < 0)
            index = 0;
        if (index > CONFIG::entries - 1)
            index = CONFIG::entries - 1;
        for (int k = 0; k < CONFIG::width; k++) {
#pragma HLS UNROLL
            CONFIG::store(y, i * CONFIG::width + k, value<typename CONFIG::value_t>(table[index.to_int()][k]));
        }
    }
}

// y[i] = x[i], converted
template <class CONFIG, class X, class Y> void requantise(const X x[CONFIG::size], Y y[CONFIG::size]) {
#pragma HLS INLINE
    for (int i = 0; i < CONFIG::size; i++) {
#pragma HLS UNROLL
        CONFIG::store(y, i, x[i]);
    }
}

// The largest (smallest) of x[r][:]
template <class CONFIG, class X, class Y>
void reduce_extreme(const X x[CONFIG::rows * CONFIG::count], Y y[CONFIG::rows]) {
#pragma HLS INLINE
    for (int r = 0; r < CONFIG::rows; r++) {
#pragma HLS UNROLL
        X best = x[r * CONFIG::count];
        for (int i = 1; i < CONFIG::count; i++) {
#pragma HLS UNROLL
            const X next = x[r * CONFIG::count + i];
            if (CONFIG::maximum ? next > best : next < best)
                best = next;
        }
        CONFIG::store(y, r, best);
    }
}

// The sum of x[r][:], term after term
template <class CONFIG, class X, class Y> void reduce_sum(const X x[CONFIG::rows * CONFIG::count], Y y[CONFIG::rows]) {
#pragma HLS INLINE
    for (int r = 0; r < CONFIG::rows; r++) {
#pragma HLS UNROLL
        typename CONFIG::sum_t sum = 0;
        for (int i = 0; i < CONFIG::count; i++) {
#pragma HLS UNROLL
            sum = added<typename CONFIG::sum_t, CONFIG::convert_products>(sum, x[r * CONFIG::count + i]);
        }
        CONFIG::store(y, r, sum);
    }
}

// The largest power of two below n.
constexpr int half_of(int n) {
    int half = 1;
    while (2 * half < n)
        half *= 2;
    return half;
}

// A balanced tree: the first 2^k < N terms and the rest, each summed alike. SUM as in `added`.
template <class SUM, bool CONVERT, int N> struct Tree {
    static const int half = half_of(N);
    template <class X> static SUM sum(const X* x, int first) {
#pragma HLS INLINE
        return SUM(Tree<SUM, CONVERT, half>::sum(x, first) + Tree<SUM, CONVERT, N - half>::sum(x, first + half));
    }
};
template <class SUM> struct Tree<SUM, true, 1> {
    template <class X> static SUM sum(const X* x, int first) {
#pragma HLS INLINE
        return SUM(x[first]);
    }
};
template <class SUM> struct Tree<SUM, false, 1> {
    template <class X> static X sum(const X* x, int first) {
#pragma HLS INLINE
        return x[first];
    }
};

template <class CONFIG, class X, class Y> void reduce_tree(const X x[CONFIG::rows * CONFIG::count], Y y[CONFIG::rows]) {
#pragma HLS INLINE
    for (int r = 0; r < CONFIG::rows; r++) {
#pragma HLS UNROLL
        CONFIG::store(y, r,
                      Tree<typename CONFIG::sum_t, CONFIG::convert_products, CONFIG::count>::sum(x, r * CONFIG::count));
    }
}

} // namespace gw

#endif
