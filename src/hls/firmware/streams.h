// Tensors that travel in beats: a tensor of shape {positions..., C} as one beat of C values a position.
#ifndef GATEWRIGHT_STREAMS_H
#define GATEWRIGHT_STREAMS_H

#include "hls_stream.h"

#include "windows.h"

namespace gw {

template <class T, int N> struct Beat {
    typedef T value_t;
    static const int size = N;
    T data[N];
};

// What comes goes on.
template <int BEATS, class X, class Y> void pass(hls::stream<X>& x, hls::stream<Y>& y) {
    for (int beat = 0; beat < BEATS; beat++) {
#pragma HLS PIPELINE II=1
        const X in = x.read();
        Y out;
        for (int i = 0; i < X::size; i++) {
#pragma HLS UNROLL
            out.data[i] = in.data[i];
        }
        y.write(out);
    }
}

// What nobody reads.
template <int BEATS, class X> void drain(hls::stream<X>& x) {
    for (int beat = 0; beat < BEATS; beat++) {
#pragma HLS PIPELINE II=1
        x.read();
    }
}

// Beats of x in a row, as one beat of y: BEATS times.
template <int BEATS, class X, class Y> void gather(hls::stream<X>& x, hls::stream<Y>& y) {
    const int count = Y::size / X::size;
    for (int beat = 0; beat < BEATS; beat++) {
        Y out;
#pragma HLS ARRAY_PARTITION variable=out.data complete
        for (int k = 0; k < count; k++) {
#pragma HLS PIPELINE II=1
            const X in = x.read();
            for (int i = 0; i < X::size; i++) {
#pragma HLS UNROLL
                out.data[k * X::size + i] = in.data[i];
            }
        }
        y.write(out);
    }
}

// For each output position all values under a window that moves over the image, row-major, channels last. CONFIG has
// the sizes of windows.h, and rows and columns: the steps over the padded image.
template <class CONFIG, class X, class Y> void window(hls::stream<X>& x, hls::stream<Y>& y) {
    const int lines = (CONFIG::window_h - 1) * CONFIG::dilation_h;    // kept of each column
    const int columns = (CONFIG::window_w - 1) * CONFIG::dilation_w;  // kept beside the newest
    typedef typename X::value_t V;
    V line[lines + 1][CONFIG::columns][X::size];
    V seen[lines + 1][columns + 1][X::size];
#pragma HLS ARRAY_PARTITION variable=line complete dim=1
#pragma HLS ARRAY_RESHAPE variable=line complete dim=3
#pragma HLS ARRAY_PARTITION variable=seen complete dim=0
    for (int row = 0; row < CONFIG::rows; row++) {
        for (int column = 0; column < CONFIG::columns; column++) {
#pragma HLS PIPELINE II=1
            X in;
            if (in_image<CONFIG>(row - CONFIG::pad_top, column - CONFIG::pad_left))
                in = x.read();
            else
                for (int c = 0; c < X::size; c++) {
#pragma HLS UNROLL
                    in.data[c] = value<V>(CONFIG::outside(c));
                }
            for (int c = 0; c < X::size; c++) {
#pragma HLS UNROLL
                for (int l = 0; l <= lines; l++) { // the oldest line first
#pragma HLS UNROLL
                    for (int k = 0; k < columns; k++) {
#pragma HLS UNROLL
                        seen[l][k][c] = seen[l][k + 1][c];
                    }
                    seen[l][columns][c] = l == lines ? in.data[c] : line[l][column][c];
                }
                for (int l = 0; l < lines; l++) {
#pragma HLS UNROLL
                    line[l][column][c] = seen[l + 1][columns][c];
                }
            }
            const int top = row - lines, left = column - columns;
            if (top >= 0 && left >= 0 && top % CONFIG::stride_h == 0 && left % CONFIG::stride_w == 0 &&
                top / CONFIG::stride_h < CONFIG::out_height && left / CONFIG::stride_w < CONFIG::out_width) {
                Y out;
                for (int h = 0; h < CONFIG::window_h; h++) {
#pragma HLS UNROLL
                    for (int w = 0; w < CONFIG::window_w; w++) {
#pragma HLS UNROLL
                        for (int c = 0; c < X::size; c++) {
#pragma HLS UNROLL
                            out.data[(h * CONFIG::window_w + w) * X::size + c] =
                                seen[h * CONFIG::dilation_h][w * CONFIG::dilation_w][c];
                        }
                    }
                }
                y.write(out);
            }
        }
    }
}

} // namespace gw

#endif
