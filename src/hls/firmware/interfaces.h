// AXI4-Stream words and events in memory.
#ifndef GATEWRIGHT_INTERFACES_H
#define GATEWRIGHT_INTERFACES_H

#include "hls_stream.h"

#include "streams.h"

#if defined(__has_include)
#if __has_include("ap_axi_sdata.h")
#include "ap_axi_sdata.h"
#define GATEWRIGHT_HAS_AXI_SDATA
#endif
#endif

namespace gw {

#ifdef GATEWRIGHT_HAS_AXI_SDATA
template <int BITS> using Word = ap_axiu<BITS, 0, 0, 0>;
#else
template <int BITS> struct Word {
    ap_uint<BITS> data;
    ap_uint<BITS / 8> keep, strb;
    ap_uint<1> last;
};
#endif

// Bytes of an event, or of a beat of it.
template <int BYTES> using Event = Beat<ap_uint<8>, BYTES>;

// An element of an array from WIDTH bits, and back. Raw integer << shift = the element's bits.
template <bool SIGNED, int WIDTH, class T> void set_bits(T& element, const ap_uint<WIDTH>& bits, int shift) {
#pragma HLS INLINE
    ap_int<(T::width > WIDTH ? T::width : WIDTH) + 1> raw = bits;
    if (SIGNED && bits[WIDTH - 1])
        raw = raw - (ap_int<WIDTH + 2>(1) << WIDTH);
    raw <<= shift;
    element.range(T::width - 1, 0) = ap_int<T::width + 1>(raw);
}
template <bool SIGNED, int WIDTH, class T> ap_uint<WIDTH> get_bits(const T& element, int shift) {
#pragma HLS INLINE
    const ap_uint<T::width> bits = element.range(T::width - 1, 0);
    ap_int<(T::width > WIDTH ? T::width : WIDTH) + 1> raw = bits;
    if (SIGNED && bits[T::width - 1])
        raw = raw - (ap_int<T::width + 2>(1) << T::width);
    return ap_uint<WIDTH>(raw >> shift);
}

// Bytes of an element in an event, little endian.
template <int BYTES, class E> ap_uint<8 * BYTES> bytes_of(const E& event, int first) {
#pragma HLS INLINE
    ap_uint<8 * BYTES> bits = 0;
    for (int k = 0; k < BYTES; k++) {
#pragma HLS UNROLL
        bits.range(8 * k + 7, 8 * k) = event.data[first + k];
    }
    return bits;
}
template <int BYTES, class E> void set_bytes(E& event, int first, const ap_uint<8 * BYTES>& bits) {
#pragma HLS INLINE
    for (int k = 0; k < BYTES; k++) {
#pragma HLS UNROLL
        event.data[first + k] = bits.range(8 * k + 7, 8 * k);
    }
}

// Words of memory that hold `events` events of BYTES bytes.
template <int BYTES> unsigned long long words_of(unsigned events) {
#pragma HLS INLINE
    return ((unsigned long long)events * BYTES + 63) / 64;
}
template <int BYTES> void read_words(const ap_uint<512>* memory, hls::stream<ap_uint<512> >& words, unsigned events) {
    for (unsigned long long w = 0; w < words_of<BYTES>(events); w++) {
#pragma HLS PIPELINE II=1
        words.write(memory[w]);
    }
}
template <int BYTES> void write_words(hls::stream<ap_uint<512> >& words, ap_uint<512>* memory, unsigned events) {
    for (unsigned long long w = 0; w < words_of<BYTES>(events); w++) {
#pragma HLS PIPELINE II=1
        memory[w] = words.read();
    }
}

// Bytes on their way between words of 64 and groups of at most MOST.
template <int MOST> struct Bytes {
    ap_uint<8> data[MOST + 63];
    int count;
    Bytes() : count(0) {}
};

// The next N bytes. Words are read when they are needed.
template <int N, int MOST> Event<N> take_bytes(hls::stream<ap_uint<512> >& words, Bytes<MOST>& held) {
#pragma HLS INLINE
    for (int w = 0; w < (N + 63) / 64; w++) {
#pragma HLS UNROLL
        if (held.count < N) {
            const ap_uint<512> word = words.read();
            for (int k = 0; k < 64; k++) {
#pragma HLS UNROLL
                held.data[held.count + k] = word.range(8 * k + 7, 8 * k);
            }
            held.count += 64;
        }
    }
    Event<N> event;
    for (int k = 0; k < MOST + 63; k++) {
#pragma HLS UNROLL
        if (k < N)
            event.data[k] = held.data[k];
        else
            held.data[k - N] = held.data[k];
    }
    held.count -= N;
    return event;
}

template <int MOST> void put_word(hls::stream<ap_uint<512> >& words, Bytes<MOST>& held) {
#pragma HLS INLINE
    ap_uint<512> word = 0;
    for (int k = 0; k < MOST + 63; k++) {
#pragma HLS UNROLL
        if (k < 64 && k < held.count)
            word.range(8 * k + 7, 8 * k) = held.data[k];
        if (k >= 64)
            held.data[k - 64] = held.data[k];
    }
    held.count = held.count < 64 ? 0 : held.count - 64;
    words.write(word);
}

// N bytes more. Words are written when they are full.
template <int N, int MOST>
void put_bytes(const Event<N>& event, hls::stream<ap_uint<512> >& words, Bytes<MOST>& held) {
#pragma HLS INLINE
    for (int k = 0; k < N; k++) {
#pragma HLS UNROLL
        held.data[held.count + k] = event.data[k];
    }
    held.count += N;
    for (int w = 0; w < (N + 63) / 64; w++) {
#pragma HLS UNROLL
        if (held.count >= 64)
            put_word(words, held);
    }
}
template <int N> Event<N> no_bytes() {
#pragma HLS INLINE
    Event<N> event;
    for (int k = 0; k < N; k++) {
#pragma HLS UNROLL
        event.data[k] = 0;
    }
    return event;
}
// The last word, which may not be full.
template <int MOST> void flush_bytes(hls::stream<ap_uint<512> >& words, Bytes<MOST>& held) {
#pragma HLS INLINE
    if (held.count > 0)
        put_word(words, held);
}

// Whole events of BYTES bytes in memory, of which EVENT has those that are used, from words and into words.
template <class EVENT, int BYTES, class S>
void split_words(hls::stream<ap_uint<512> >& words, S& events, unsigned count) {
    const int rest = BYTES > EVENT::size ? BYTES - EVENT::size : 1;
    Bytes<(rest > EVENT::size ? rest : EVENT::size)> held;
#pragma HLS ARRAY_PARTITION variable=held.data complete
    for (unsigned e = 0; e < count; e++) {
#pragma HLS PIPELINE style=flp
        const EVENT event = take_bytes<EVENT::size>(words, held);
        if (BYTES > EVENT::size)
            take_bytes<rest>(words, held);
        write_beat(events, event);
    }
}
template <class EVENT, int BYTES, class S>
void join_words(S& events, hls::stream<ap_uint<512> >& words, unsigned count) {
    const int rest = BYTES > EVENT::size ? BYTES - EVENT::size : 1;
    Bytes<(rest > EVENT::size ? rest : EVENT::size)> held;
#pragma HLS ARRAY_PARTITION variable=held.data complete
    for (unsigned e = 0; e < count; e++) {
#pragma HLS PIPELINE style=flp
        const EVENT event = read_beat<EVENT>(events);
        put_bytes(event, words, held);
        if (BYTES > EVENT::size)
            put_bytes(no_bytes<rest>(), words, held);
    }
    flush_bytes(words, held);
}

} // namespace gw

#endif
