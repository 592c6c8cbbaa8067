#include "support/array_io.hpp"

#include <cmath>
#include <cstring>
#include <limits>

#include <gtest/gtest.h>

#include "support/atomic_file.hpp"
#include "support/expect_error.hpp"
#include "support/npy.hpp"
#include "support/scratch.hpp"

namespace gw::support {
namespace {

using test::Scratch;

std::string npy(const std::string& dictionary, const std::string& data, char version = 1) {
    std::string bytes = std::string("\x93NUMPY") + version + '\0';
    bytes += static_cast<char>(dictionary.size());
    bytes += '\0';
    if (version > 1)
        bytes += std::string(2, '\0');
    return bytes + dictionary + data;
}

std::string header(const std::string& dtype, const std::string& shape, const std::string& fortran = "False") {
    return "{'descr': '" + dtype + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }\n";
}

template <class T> std::string raw(std::initializer_list<T> values) {
    std::string bytes;
    for (const T value : values) {
        char part[sizeof(T)];
        std::memcpy(part, &value, sizeof(T));
        bytes.append(part, sizeof(T));
    }
    return bytes;
}

template <class T>
void expect_reads(const std::string& dtype, std::initializer_list<T> values, const std::vector<double>& wanted) {
    const Array array = parse_npy(npy(header(dtype, "(" + std::to_string(values.size()) + ",)"), raw(values)), dtype);
    EXPECT_EQ(array.shape, std::vector<std::size_t>{values.size()}) << dtype;
    EXPECT_EQ(array.values, wanted) << dtype;
}

TEST(Npy, EveryNumericTypeIsRead) {
    expect_reads<std::int8_t>("|i1", {-128, 127}, {-128, 127});
    expect_reads<std::uint8_t>("|u1", {0, 255}, {0, 255});
    expect_reads<std::int16_t>("<i2", {-32768, 5}, {-32768, 5});
    expect_reads<std::uint16_t>("<u2", {65535}, {65535});
    expect_reads<std::int32_t>("<i4", {-7}, {-7});
    expect_reads<std::uint32_t>("<u4", {4294967295U}, {4294967295.0});
    expect_reads<std::int64_t>("<i8", {-(std::int64_t{1} << 53), 9}, {-0x1p53, 9});
    expect_reads<std::uint64_t>("=u8", {std::uint64_t{1} << 53}, {0x1p53});
    expect_reads<std::uint16_t>("<f2", {0x3C00, 0xC000, 0x0001, 0x7BFF, 0x8000}, {1, -2, 0x1p-24, 65504, -0.0});
    expect_reads<float>("<f4", {0.1F}, {static_cast<double>(0.1F)});
    expect_reads<double>("<f8", {0.1, -1e300}, {0.1, -1e300});
    expect_reads<std::uint8_t>("|b1", {0, 1}, {0, 1});
    expect_reads<std::uint16_t>(">i2", {0x0100, 0xFEFF}, {1, -2}); // bytes swapped
}

TEST(Npy, VersionTwoAndThreeAndScalarsAreRead) {
    for (const char version : {char{2}, char{3}})
        EXPECT_EQ(parse_npy(npy(header("<f8", "(1, 2)"), raw({1.0, 2.0}), version), "v").values,
                  (std::vector<double>{1, 2}));
    const Array scalar = parse_npy(npy(header("<f8", "()"), raw({7.0})), "scalar");
    EXPECT_TRUE(scalar.shape.empty());
    EXPECT_EQ(scalar.values, std::vector<double>{7});
    EXPECT_EQ(parse_npy(npy(header("<f8", "(0, 3)"), ""), "empty").shape, (std::vector<std::size_t>{0, 3}));
}

TEST(Npy, FortranOrderIsTransposed) {
    // numpy.asfortranarray(numpy.arange(12).reshape(2, 3, 2)) on disk, first index fastest
    const std::string data = raw<std::int16_t>({0, 6, 2, 8, 4, 10, 1, 7, 3, 9, 5, 11});
    const Array array = parse_npy(npy(header("<i2", "(2, 3, 2)", "True"), data), "fortran");
    EXPECT_EQ(array.shape, (std::vector<std::size_t>{2, 3, 2}));
    EXPECT_EQ(array.values, (std::vector<double>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}));
}

TEST(Npy, DamageIsNamed) {
    const std::string good = npy(header("<f8", "(2,)"), raw({1.0, 2.0}));
    const auto expect_user = [](const std::string& bytes, const std::string& part) {
        EXPECT_ERROR(parse_npy(bytes, "a.npy"), ErrorKind::user, part);
    };
    expect_user(good.substr(0, good.size() - 1), "truncated");
    expect_user(good.substr(0, 20), "truncated within its header");
    expect_user("", "is not a .npy file");
    expect_user("PK\x03\x04", "is not a .npy file");
    expect_user(npy(header("<U8", "(2,)"), std::string(64, 'x')), "not plain numbers");
    expect_user(npy(header("|O", "(2,)"), std::string(64, 'x')), "not plain numbers");
    expect_user(npy("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,), }\n", "12345678"), "not plain");
    expect_user(npy(header("<f8", "(18446744073709551615, 18446744073709551615)"), "12345678"), "truncated");
    expect_user(npy(header("<f8", "(-1,)"), "12345678"), "not a whole number");
    expect_user(npy("{'descr': '<f8', 'shape': (1,), }\n", "12345678"), "is missing");
    EXPECT_ERROR(parse_npy(npy(header("<i8", "(1,)"), raw({(std::int64_t{1} << 53) + 1})), "a.npy"),
                 ErrorKind::unsupported, "beyond 2^53");
    EXPECT_ERROR(parse_npy(npy(header("<f8", "()"), "", 9), "a.npy"), ErrorKind::unsupported, "version 9");
}

TEST(Npy, WrittenFilesAreReadBack) {
    const Scratch scratch;
    const Array array{{2, 3}, {1, -2, 3, 4, 5, -32768}};
    for (const Storage storage : {Storage::float64, Storage::float32, Storage::int32, Storage::int16}) {
        write_npy(scratch / "a.npy", array, storage);
        const Array back = read_npy(scratch / "a.npy");
        EXPECT_EQ(back.shape, array.shape);
        EXPECT_EQ(back.values, array.values);
    }
    EXPECT_EQ(std::filesystem::file_size(scratch / "a.npy"), 128U + 12U); // the header is padded to 64 bytes
    EXPECT_EQ(scratch.entries(), 1U);
    EXPECT_ERROR(write_npy(scratch / "b.npy", {{1}, {0.5}}, Storage::int16), ErrorKind::user, "no integer");
    EXPECT_ERROR(write_npy(scratch / "b.npy", {{1}, {32768}}, Storage::int16), ErrorKind::user, "no integer");
    EXPECT_EQ(scratch.entries(), 1U);
}

TEST(Npz, WrittenFilesAreReadBackAndAreTheSameBytesEachTime) {
    const Scratch scratch;
    const std::map<std::string, StoredArray> arrays{{"x", {{{2, 2}, {1, 2, 3, 4}}, Storage::int16}},
                                                    {"y", {{{2}, {0.25, -1e9}}, Storage::float64}}};
    write_npz(scratch / "a.npz", arrays);
    write_npz(scratch / "b.npz", arrays);
    EXPECT_EQ(read_file(scratch / "a.npz"), read_file(scratch / "b.npz"));
    const auto back = read_npz(scratch / "a.npz");
    ASSERT_EQ(back.size(), 2U);
    EXPECT_EQ(back.at("x").shape, (std::vector<std::size_t>{2, 2}));
    EXPECT_EQ(back.at("x").values, arrays.at("x").array.values);
    EXPECT_EQ(back.at("y").values, arrays.at("y").array.values);
    const std::string bytes = read_file(scratch / "a.npz");
    write_file(scratch / "c.npz", bytes.substr(0, bytes.size() / 2));
    EXPECT_ERROR(read_npz(scratch / "c.npz"), ErrorKind::user, "not a readable .npz");
    write_file(scratch / "c.npz", "nonsense");
    EXPECT_ERROR(read_npz(scratch / "c.npz"), ErrorKind::user, "not a readable .npz");
}

TEST(Csv, SeparatorsHeadersAndCommentsAreUnderstood) {
    const Scratch scratch;
    for (const std::string text :
         {"a,b\n1,-2.5\n3e2,+4\n", "1;-2.5\r\n300;4\r\n", "# note\n 1   -2.5\n\n300\t4", "1 , -2.5\n300 , 4\n"}) {
        write_file(scratch / "a.csv", text);
        const Array array = read_csv(scratch / "a.csv");
        EXPECT_EQ(array.shape, (std::vector<std::size_t>{2, 2})) << text;
        EXPECT_EQ(array.values, (std::vector<double>{1, -2.5, 300, 4})) << text;
    }
    write_csv(scratch / "b.csv", {{2, 2}, {0.1, 2, -3, 1e-300}}, {"a", "b"});
    EXPECT_EQ(read_csv(scratch / "b.csv").values, (std::vector<double>{0.1, 2, -3, 1e-300}));
}

TEST(Csv, DamageIsNamedWithItsLine) {
    const Scratch scratch;
    const auto expect_user = [&](const std::string& text, const std::string& part) {
        write_file(scratch / "a.csv", text);
        EXPECT_ERROR(read_csv(scratch / "a.csv"), ErrorKind::user, part);
    };
    expect_user("1,2\n3\n", "line 2: has 1 values where the rows before have 2");
    expect_user("1,2\n3,x\n", "line 2: 'x' in column 2 is no number");
    expect_user("1,2\n3,\n", "line 2: '' in column 2 is no number");
    expect_user("a,b\n", "holds no numbers");
    expect_user("", "holds no numbers");
}

TEST(RequireFinite, NamesRowAndColumn) {
    Array array{{2, 3}, {0, 1, 2, 3, 4, 5}};
    EXPECT_NO_THROW(require_finite(array, "a.npy"));
    array.values[5] = std::nan("");
    EXPECT_ERROR(require_finite(array, "a.npy"), ErrorKind::user, "a.npy: NaN in row 1, column 2");
    array.values[1] = -std::numeric_limits<double>::infinity();
    EXPECT_ERROR(require_finite(array, "a.npy"), ErrorKind::user, "infinity in row 0, column 1");
}

} // namespace
} // namespace gw::support
