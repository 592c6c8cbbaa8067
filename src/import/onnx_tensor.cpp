#include "import/onnx_tensor.hpp"

#include <bit>
#include <cmath>
#include <cstring>

#include <fmt/format.h>

#include "support/error.hpp"

namespace gw::import {

namespace {

constexpr std::size_t most_elements = std::size_t{1} << 26;

static_assert(std::endian::native == std::endian::little, "ONNX stores raw data little-endian");

template <typename T> std::vector<double> from_raw(const std::string& raw, std::size_t count) {
    if (raw.size() != count * sizeof(T))
        return {};
    std::vector<double> out(count);
    for (std::size_t i = 0; i < count; ++i) {
        T value;
        std::memcpy(&value, raw.data() + i * sizeof(T), sizeof(T));
        out[i] = static_cast<double>(value);
    }
    return out;
}

double from_half(std::uint16_t bits) {
    const int exponent = (bits >> 10) & 31;
    const double fraction = bits & 1023;
    double value = exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(fraction + 1024, exponent - 25);
    if (exponent == 31)
        value = fraction == 0 ? INFINITY : NAN;
    return (bits & 0x8000) != 0 ? -value : value;
}

/// 8- and 16-bit types share the field int32_data.
template <typename T> std::vector<double> from_int32(const onnx::TensorProto& tensor, std::size_t count) {
    if (tensor.has_raw_data())
        return from_raw<T>(tensor.raw_data(), count);
    std::vector<double> out;
    for (std::int32_t value : tensor.int32_data())
        out.push_back(static_cast<double>(static_cast<T>(value)));
    return out;
}

std::vector<double> from_halves(const onnx::TensorProto& tensor, std::size_t count) {
    std::vector<double> out = from_int32<std::uint16_t>(tensor, count);
    for (double& value : out)
        value = from_half(static_cast<std::uint16_t>(value));
    return out;
}

template <typename T, typename Field>
std::vector<double> from_field(const onnx::TensorProto& tensor, const Field& field, std::size_t count) {
    if (tensor.has_raw_data())
        return from_raw<T>(tensor.raw_data(), count);
    return {field.begin(), field.end()};
}

std::vector<double> decode(const onnx::TensorProto& tensor, std::size_t count, const std::string& where) {
    switch (tensor.data_type()) {
    case onnx::TensorProto::FLOAT:
        return from_field<float>(tensor, tensor.float_data(), count);
    case onnx::TensorProto::DOUBLE:
        return from_field<double>(tensor, tensor.double_data(), count);
    case onnx::TensorProto::INT64:
        return from_field<std::int64_t>(tensor, tensor.int64_data(), count);
    case onnx::TensorProto::INT32:
        return from_field<std::int32_t>(tensor, tensor.int32_data(), count);
    case onnx::TensorProto::UINT32:
        return from_field<std::uint32_t>(tensor, tensor.uint64_data(), count);
    case onnx::TensorProto::UINT64:
        return from_field<std::uint64_t>(tensor, tensor.uint64_data(), count);
    case onnx::TensorProto::INT8:
        return from_int32<std::int8_t>(tensor, count);
    case onnx::TensorProto::UINT8:
    case onnx::TensorProto::BOOL:
        return from_int32<std::uint8_t>(tensor, count);
    case onnx::TensorProto::INT16:
        return from_int32<std::int16_t>(tensor, count);
    case onnx::TensorProto::UINT16:
        return from_int32<std::uint16_t>(tensor, count);
    case onnx::TensorProto::FLOAT16:
        return from_halves(tensor, count);
    default:
        throw support::unsupported(fmt::format("element type {} is not understood", tensor.data_type()), where);
    }
}

} // namespace

FloatArray read_tensor(const onnx::TensorProto& tensor, const std::string& where) {
    if (tensor.data_location() == onnx::TensorProto::EXTERNAL || tensor.external_data_size() > 0)
        throw support::unsupported("its data stand in another file, which is not understood", where,
                                   "save the model with its data inside");
    FloatArray out;
    std::size_t count = 1;
    for (std::int64_t size : tensor.dims()) {
        if (size < 0 || static_cast<std::size_t>(size) > most_elements ||
            (count *= static_cast<std::size_t>(size)) > most_elements)
            throw support::user_error("it is larger than 2^26 elements", where);
        out.shape.push_back(static_cast<std::uint32_t>(size));
    }
    out.values = decode(tensor, count, where);
    if (out.values.size() != count)
        throw support::user_error(fmt::format("it should have {} elements; its data do not fit that", count), where,
                                  "write the file again: it is damaged");
    for (std::size_t i = 0; i < count; ++i)
        if (std::isnan(out.values[i]))
            throw support::user_error(fmt::format("element {} is NaN", i), where,
                                      "train the network again: it has diverged");
    return out;
}

} // namespace gw::import
