// Damaged files of every format: each is read or refused by an Error of ours, and nothing else happens.
#include <functional>
#include <iostream>

#include <gtest/gtest.h>
#include <hdf5.h>

#include "support/array_io.hpp"
#include "support/atomic_file.hpp"
#include "support/error.hpp"
#include "support/npy.hpp"
#include "support/rng.hpp"
#include "support/scratch.hpp"

namespace gw::support {
namespace {

constexpr std::uint64_t seed = 20240611;

std::string mutated(std::string bytes, Random& random) {
    const std::uint64_t changes = 1 + random.below(4);
    for (std::uint64_t i = 0; i < changes && !bytes.empty(); ++i) {
        const std::size_t at = random.below(bytes.size());
        switch (random.below(4)) {
        case 0:
            bytes[at] = static_cast<char>(random.next());
            break;
        case 1:
            bytes[at] = static_cast<char>(bytes[at] ^ (1 << random.below(8)));
            break;
        case 2:
            bytes.resize(at);
            break;
        default:
            bytes.insert(at, 1, static_cast<char>(random.next()));
        }
    }
    return bytes;
}

void expect_read_or_refused(const std::string& good, int rounds, const std::function<void(const std::string&)>& read) {
    Random random(seed);
    int refused = 0;
    for (int i = 0; i < rounds; ++i) {
        try {
            read(mutated(good, random));
        } catch (const Error& error) {
            EXPECT_NE(error.kind(), ErrorKind::internal) << error.what();
            ++refused;
        }
    }
    std::cout << "seed " << seed << ": " << rounds << " damaged files, " << refused << " refused\n";
    EXPECT_GT(refused, 0);
}

const Array sample{{3, 4}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}};

TEST(DamagedFiles, Npy) {
    expect_read_or_refused(format_npy(sample, Storage::int16, "sample"), 50000,
                           [](const std::string& bytes) { parse_npy(bytes, "damaged"); });
}

TEST(DamagedFiles, Npz) {
    const test::Scratch scratch;
    write_npz(scratch / "a.npz", {{"x", {sample, Storage::int16}}, {"y", {sample, Storage::float64}}});
    expect_read_or_refused(read_file(scratch / "a.npz"), 3000, [&](const std::string& bytes) {
        write_file(scratch / "b.npz", bytes);
        read_npz(scratch / "b.npz");
    });
}

TEST(DamagedFiles, Csv) {
    const test::Scratch scratch;
    expect_read_or_refused("a,b\n1,2.5\n3,-4e5\n", 3000, [&](const std::string& bytes) {
        write_file(scratch / "b.csv", bytes);
        read_csv(scratch / "b.csv");
    });
}

TEST(DamagedFiles, Hdf5) {
    const test::Scratch scratch;
    H5dont_atexit(); // at exit the library would complain about damaged files that it could not close
    const hsize_t sizes[2] = {3, 4};
    const hid_t file = H5Fcreate((scratch / "a.h5").c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    const hid_t space = H5Screate_simple(2, sizes, nullptr);
    const hid_t set = H5Dcreate2(file, "x", H5T_STD_I16LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    ASSERT_GE(H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, sample.values.data()), 0);
    H5Dclose(set);
    H5Sclose(space);
    H5Fclose(file);

    const Array back = read_hdf5(scratch / "a.h5", "x");
    EXPECT_EQ(back.shape, sample.shape);
    EXPECT_EQ(back.values, sample.values);
    EXPECT_THROW(read_hdf5(scratch / "a.h5", "y"), Error);
    EXPECT_THROW(read_hdf5(scratch / "absent.h5", "x"), Error);
    expect_read_or_refused(read_file(scratch / "a.h5"), 1000, [&](const std::string& bytes) {
        write_file(scratch / "b.h5", bytes);
        read_hdf5(scratch / "b.h5", "x");
    });
}

} // namespace
} // namespace gw::support
