// Constants, running sums and comparisons. ap_fixed expressions are exact; a value is rounded, wrapped or saturated
// only where it is converted to the type of an array element or of an accumulator.
// Guarded by name, not by #pragma once: headers of two projects may meet in one source.
#ifndef GATEWRIGHT_VALUES_H
#define GATEWRIGHT_VALUES_H

#include "ap_fixed.h"

namespace gw {

// The value of type T whose bits are those of an integer: integer * 2^-(fraction bits of T).
template <class T, class RAW> T value(RAW raw) {
#pragma HLS INLINE
    T result;
    result.range(T::width - 1, 0) = ap_int<T::width + 1>(raw);
    return result;
}

// How results are stored where all elements have the array's type. Where they differ, a layer's own `store` converts each
// to the element's type.
struct Uniform {
    template <class Y, class V> static void store(Y y[], int i, const V& v) {
#pragma HLS INLINE
        y[i] = v;
    }
};

// The same bits with the binary point moved: x * 2^SHIFT.
template <int SHIFT, int W, int I, ap_q_mode Q, ap_o_mode O, int N>
ap_fixed<W, I + SHIFT> scaled(const ap_fixed<W, I, Q, O, N>& x) {
#pragma HLS INLINE
    ap_fixed<W, I + SHIFT> result;
    result.range(W - 1, 0) = x.range(W - 1, 0);
    return result;
}
template <int SHIFT, int W, int I, ap_q_mode Q, ap_o_mode O, int N>
ap_ufixed<W, I + SHIFT> scaled(const ap_ufixed<W, I, Q, O, N>& x) {
#pragma HLS INLINE
    ap_ufixed<W, I + SHIFT> result;
    result.range(W - 1, 0) = x.range(W - 1, 0);
    return result;
}

// An integer of BITS bits; g++ compiles its own much faster.
template <int BITS, bool NATIVE> struct IntegerOf {
    typedef ap_int<BITS> type;
};
#ifndef __SYNTHESIS__
template <int BITS> struct IntegerOf<BITS, true> {
    typedef long long type;
};
#endif
template <int BITS> using Integer = typename IntegerOf<BITS, (BITS < 64)>::type;

// The integer whose bits are those of a signed value.
template <int BITS, class T> Integer<BITS> mantissa(const T& x) {
#pragma HLS INLINE
    return ap_int<T::width>(x.range(T::width - 1, 0));
}

// A running sum and a term. SUM is either wide enough for every sum, so that nothing is lost in any order, or the
// accumulator's type, to which each new sum is converted, and where CONVERT each term before it.
template <class SUM, bool CONVERT, class TERM> SUM added(const SUM& sum, const TERM& term) {
#pragma HLS INLINE
    return CONVERT ? SUM(sum + SUM(term)) : SUM(sum + term);
}

template <class A, class B> auto larger(const A& a, const B& b) -> decltype(a + b) {
#pragma HLS INLINE
    decltype(a + b) best = a;
    if (b > a)
        best = b;
    return best;
}

template <class A, class B> auto smaller(const A& a, const B& b) -> decltype(a + b) {
#pragma HLS INLINE
    decltype(a + b) best = a;
    if (b < a)
        best = b;
    return best;
}

// a / b, b > 0, rounded towards minus infinity; `rest` says whether anything was dropped.
template <class A, class B> A floor_divide(const A& a, const B& b, bool& rest) {
#pragma HLS INLINE
    A quotient = a / b;
    const A remainder = a - quotient * b;
    if (remainder < 0)
        quotient = quotient - 1;
    rest = remainder != 0;
    return quotient;
}

} // namespace gw

#endif
