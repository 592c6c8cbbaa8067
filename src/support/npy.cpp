#include "support/npy.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

#include "support/atomic_file.hpp"
#include "support/error.hpp"
#include "support/npy_header.hpp"

namespace gw::support {
namespace {

static_assert(std::endian::native == std::endian::little, "the readers assume a little-endian machine");

template <class T> T load(const char* source, bool swap) {
    char bytes[sizeof(T)];
    for (std::size_t i = 0; i < sizeof(T); ++i)
        bytes[i] = source[swap ? sizeof(T) - 1 - i : i];
    T value;
    std::memcpy(&value, bytes, sizeof(T));
    return value;
}

double half_to_double(std::uint16_t bits) {
    const int exponent = (bits >> 10U) & 0x1F;
    const int fraction = bits & 0x3FF;
    double magnitude = 0;
    if (exponent == 0x1F)
        magnitude = fraction == 0 ? std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN();
    else if (exponent == 0)
        magnitude = std::ldexp(fraction, -24);
    else
        magnitude = std::ldexp(1024 + fraction, exponent - 25);
    return (bits & 0x8000U) != 0 ? -magnitude : magnitude;
}

template <class T> double to_double(T value, const std::string& where) {
    if constexpr (sizeof(T) == 8 && std::is_integral_v<T>) {
        constexpr auto limit = std::int64_t{1} << 53;
        bool fits = value <= static_cast<T>(limit);
        if constexpr (std::is_signed_v<T>)
            fits = fits && value >= -limit;
        if (!fits)
            throw unsupported("the integer " + std::to_string(value) + " is beyond 2^53", where,
                              "scale the data, or save them as float64");
    }
    return static_cast<double>(value);
}

template <class T> void convert(const char* source, bool swap, std::vector<double>& values, const std::string& where) {
    for (double& value : values) {
        value = to_double(load<T>(source, swap), where);
        source += sizeof(T);
    }
}

void convert_halves(const char* source, bool swap, std::vector<double>& values) {
    for (double& value : values) {
        value = half_to_double(load<std::uint16_t>(source, swap));
        source += 2;
    }
}

void convert_all(const NpyHeader& header, const char* source, std::vector<double>& values, const std::string& where) {
    const bool swap = header.byte_order == '>';
    const auto integers = [&]<class Signed, class Unsigned>(Signed, Unsigned) {
        if (header.kind == 'i')
            convert<Signed>(source, swap, values, where);
        else
            convert<Unsigned>(source, swap, values, where);
    };
    if (header.kind == 'b') {
        convert<std::uint8_t>(source, false, values, where);
        for (double& value : values)
            value = value != 0 ? 1.0 : 0.0;
    } else if (header.kind == 'f') {
        if (header.bytes == 2)
            convert_halves(source, swap, values);
        else if (header.bytes == 4)
            convert<float>(source, swap, values, where);
        else
            convert<double>(source, swap, values, where);
    } else if (header.bytes == 1) {
        integers(std::int8_t{}, std::uint8_t{});
    } else if (header.bytes == 2) {
        integers(std::int16_t{}, std::uint16_t{});
    } else if (header.bytes == 4) {
        integers(std::int32_t{}, std::uint32_t{});
    } else {
        integers(std::int64_t{}, std::uint64_t{});
    }
}

/// Column-major to row-major: walks the target in order with an odometer over the shape.
std::vector<double> transposed(const std::vector<double>& values, const std::vector<std::size_t>& shape) {
    std::vector<std::size_t> stride(shape.size(), 1), index(shape.size(), 0);
    for (std::size_t d = 1; d < shape.size(); ++d)
        stride[d] = stride[d - 1] * shape[d - 1];
    std::vector<double> result(values.size());
    std::size_t source = 0;
    for (double& value : result) {
        value = values[source];
        for (std::size_t d = shape.size(); d-- > 0;) {
            source += stride[d];
            if (++index[d] < shape[d])
                break;
            source -= stride[d] * shape[d];
            index[d] = 0;
        }
    }
    return result;
}

template <class T> void append(std::string& bytes, const std::vector<double>& values, const std::string& where) {
    for (const double value : values) {
        if constexpr (std::is_integral_v<T>) {
            if (!(value >= std::numeric_limits<T>::min() && value <= std::numeric_limits<T>::max()) ||
                std::trunc(value) != value)
                throw user_error("the value " + std::to_string(value) + " is no integer of the width asked for", where,
                                 "store it as float64");
        }
        const T stored = static_cast<T>(value);
        char raw[sizeof(T)];
        std::memcpy(raw, &stored, sizeof(T));
        bytes.append(raw, sizeof(T));
    }
}

const char* dtype_of(Storage storage) {
    switch (storage) {
    case Storage::float64:
        return "<f8";
    case Storage::float32:
        return "<f4";
    case Storage::int32:
        return "<i4";
    case Storage::int16:
        return "<i2";
    }
    throw internal_error("an unknown storage");
}

} // namespace

Array parse_npy(std::string_view bytes, const std::string& where) {
    const NpyHeader header = parse_npy_header(bytes, where);
    Array array;
    array.shape = header.shape;
    array.values.resize(header.elements);
    convert_all(header, bytes.data() + header.data_offset, array.values, where);
    if (header.fortran_order && header.shape.size() > 1)
        array.values = transposed(array.values, header.shape);
    return array;
}

std::string format_npy(const Array& array, Storage storage, const std::string& where) {
    std::string dictionary = "{'descr': '" + std::string(dtype_of(storage)) + "', 'fortran_order': False, 'shape': (";
    std::size_t elements = 1;
    for (const std::size_t size : array.shape) {
        dictionary += std::to_string(size) + ", ";
        elements *= size;
    }
    if (array.shape.size() > 1)
        dictionary.resize(dictionary.size() - 2);
    dictionary += "), }";
    if (elements != array.values.size())
        throw internal_error("shape and values of an array disagree", where);
    while ((10 + dictionary.size() + 1) % 64 != 0)
        dictionary += ' ';
    dictionary += '\n';
    std::string bytes("\x93NUMPY\x01\x00", 8);
    bytes += static_cast<char>(dictionary.size() & 0xFFU);
    bytes += static_cast<char>(dictionary.size() >> 8U);
    bytes += dictionary;
    bytes.reserve(bytes.size() + array.values.size() * 8);
    switch (storage) {
    case Storage::float64:
        append<double>(bytes, array.values, where);
        break;
    case Storage::float32:
        append<float>(bytes, array.values, where);
        break;
    case Storage::int32:
        append<std::int32_t>(bytes, array.values, where);
        break;
    case Storage::int16:
        append<std::int16_t>(bytes, array.values, where);
        break;
    }
    return bytes;
}

Array read_npy(const std::filesystem::path& file) {
    return parse_npy(read_file(file), file.string());
}

void write_npy(const std::filesystem::path& file, const Array& array, Storage storage) {
    write_file(file, format_npy(array, storage, file.string()));
}

void require_finite(const Array& array, const std::string& where) {
    const std::size_t width = array.row_size();
    for (std::size_t i = 0; i < array.values.size(); ++i) {
        if (std::isfinite(array.values[i]))
            continue;
        throw user_error(std::string(std::isnan(array.values[i]) ? "NaN" : "infinity") + " in row " +
                             std::to_string(i / width) + ", column " + std::to_string(i % width) + " (counted from 0)",
                         where, "remove or replace such events: fixed-point numbers have no NaN or infinity");
    }
}

} // namespace gw::support
