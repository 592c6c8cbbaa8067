// Arrays of numbers in and out of files: .npy, .npz, .csv, HDF5.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace gw::support {

/// A dense row-major array of float64, whatever the file held (integers to 2^53 are exact; wider ones are refused).
struct Array {
    std::vector<std::size_t> shape;
    std::vector<double> values;

    std::size_t rows() const { return shape.empty() ? 1 : shape.front(); }
    /// Elements of one row, that is of one event.
    std::size_t row_size() const { return rows() == 0 ? 0 : values.size() / rows(); }
};

/// Element type on disk.
enum class Storage { float64, float32, int32, int16 };

/// Readers throw support::Error (kind user) naming file and cause: absent, truncated, wrong type, Fortran order
/// (accepted and transposed), rows of different length. NaN and infinity are read as they are: the caller decides.
Array read_npy(const std::filesystem::path& file);
std::map<std::string, Array> read_npz(const std::filesystem::path& file);
/// Comma-, semicolon- or blank-separated numbers, one event a row; a first row that is not numeric is a header and is
/// skipped.
Array read_csv(const std::filesystem::path& file);
/// One dataset of an HDF5 file.
Array read_hdf5(const std::filesystem::path& file, const std::string& dataset);

/// Writers write beside `file` and rename: a failure leaves what was there.
void write_npy(const std::filesystem::path& file, const Array& array, Storage storage = Storage::float64);
struct StoredArray {
    Array array;
    Storage storage = Storage::float64;
};
void write_npz(const std::filesystem::path& file, const std::map<std::string, StoredArray>& arrays);
void write_csv(const std::filesystem::path& file, const Array& array, const std::vector<std::string>& header = {});

/// Throws (kind user, with row and column) if any value is NaN or infinite.
void require_finite(const Array& array, const std::string& where);

} // namespace gw::support
