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

// What one stream carries of a beat: 4096 bits at most, a value in whole bytes. A wider beat takes several streams, an
// array of them.
template <class X> struct Part {
    static const int bytes = (X::value_t::width + 7) / 8;
    static const int size = X::size * bytes <= 512 ? X::size : 512 / bytes;
    typedef Beat<typename X::value_t, size> type;
};

template <class X> X read_beat(hls::stream<X>& x) {
#pragma HLS INLINE
    return x.read();
}
template <class X, int LANES> X read_beat(hls::stream<typename Part<X>::type> (&x)[LANES]) {
#pragma HLS INLINE
    X beat;
    for (int l = 0; l < LANES; l++) {
#pragma HLS UNROLL
        const typename Part<X>::type part = x[l].read();
        for (int i = 0; i < Part<X>::size; i++) {
#pragma HLS UNROLL
            if (l * Part<X>::size + i < X::size)
                beat.data[l * Part<X>::size + i] = part.data[i];
        }
    }
    return beat;
}

template <class X> void write_beat(hls::stream<X>& x, const X& beat) {
#pragma HLS INLINE
    x.write(beat);
}
template <class X, int LANES> void write_beat(hls::stream<typename Part<X>::type> (&x)[LANES], const X& beat) {
#pragma HLS INLINE
    for (int l = 0; l < LANES; l++) {
#pragma HLS UNROLL
        typename Part<X>::type part;
        for (int i = 0; i < Part<X>::size; i++) {
#pragma HLS UNROLL
            if (l * Part<X>::size + i < X::size)
                part.data[i] = beat.data[l * Part<X>::size + i];
        }
        x[l].write(part);
    }
}

// A beat as an array, and back.
template <class X, class S> void unpack(S& x, typename X::value_t values[X::size]) {
#pragma HLS INLINE off
#pragma HLS PIPELINE II=1
    const X beat = read_beat<X>(x);
    for (int i = 0; i < X::size; i++) {
#pragma HLS UNROLL
        values[i] = beat.data[i];
    }
}
template <class X, class S> void pack(const typename X::value_t values[X::size], S& x) {
#pragma HLS INLINE off
#pragma HLS PIPELINE II=1
    X beat;
    for (int i = 0; i < X::size; i++) {
#pragma HLS UNROLL
        beat.data[i] = values[i];
    }
    write_beat(x, beat);
}

// In what follows, X and Y are beats that come and go, SX and SY what carries them.

// What comes goes on.
template <int BEATS, class X, class Y, class SX, class SY> void pass(SX& x, SY& y) {
    for (int beat = 0; beat < BEATS; beat++) {
#pragma HLS PIPELINE II=1 style=flp
        const X in = read_beat<X>(x);
        Y out;
        for (int i = 0; i < X::size; i++) {
#pragma HLS UNROLL
            out.data[i] = in.data[i];
        }
        write_beat(y, out);
    }
}

// What nobody reads.
template <int BEATS, class X, class SX> void drain(SX& x) {
    for (int beat = 0; beat < BEATS; beat++) {
#pragma HLS PIPELINE II=1 style=flp
        read_beat<X>(x);
    }
}

// Beats of x in a row, as one beat of y: BEATS times.
template <int BEATS, class X, class Y, class SX, class SY> void gather(SX& x, SY& y) {
    const int count = Y::size / X::size;
    Y out;
#pragma HLS ARRAY_PARTITION variable=out.data complete
    for (int beat = 0; beat < BEATS; beat++) {
        for (int k = 0; k < count; k++) {
#pragma HLS PIPELINE II=1 style=flp
            const X in = read_beat<X>(x);
            for (int i = 0; i < X::size; i++) {
#pragma HLS UNROLL
                out.data[k * X::size + i] = in.data[i];
            }
            if (k == count - 1)
                write_beat(y, out);
        }
    }
}

// For each output position all values under a window that moves over the image, row-major, channels last. CONFIG has
// the sizes of windows.h, and rows and columns: the steps over the padded image.
template <class CONFIG, class X, class Y, class SX, class SY> void window(SX& x, SY& y) {
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
#pragma HLS PIPELINE II=1 style=flp
            X in;
            if (in_image<CONFIG>(row - CONFIG::pad_top, column - CONFIG::pad_left))
                in = read_beat<X>(x);
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
                write_beat(y, out);
            }
        }
    }
}

} // namespace gw

#endif
