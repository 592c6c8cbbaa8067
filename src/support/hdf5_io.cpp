#include <limits>

#include <hdf5.h>

#include "support/array_io.hpp"
#include "support/error.hpp"

namespace gw::support {
namespace {

/// The library prints its error stack to stderr unless told not to; our message says what matters.
class SilentErrors {
  public:
    SilentErrors() {
        H5Eget_auto2(H5E_DEFAULT, &function_, &data_);
        H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
    }
    ~SilentErrors() { H5Eset_auto2(H5E_DEFAULT, function_, data_); }
    SilentErrors(const SilentErrors&) = delete;
    SilentErrors& operator=(const SilentErrors&) = delete;

  private:
    H5E_auto2_t function_ = nullptr;
    void* data_ = nullptr;
};

/// An HDF5 identifier with the function that closes it.
class Handle {
  public:
    Handle(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {}
    ~Handle() {
        if (id_ >= 0)
            close_(id_);
    }
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    hid_t get() const { return id_; }
    explicit operator bool() const { return id_ >= 0; }

  private:
    hid_t id_;
    herr_t (*close_)(hid_t);
};

void require_exact(const std::vector<double>& values, hid_t type, const std::string& where) {
    if (H5Tget_class(type) != H5T_INTEGER || H5Tget_size(type) < 8)
        return;
    for (const double value : values)
        if (value > 0x1p53 || value < -0x1p53)
            throw unsupported("an integer beyond 2^53", where, "scale the data, or save them as float64");
}

} // namespace

Array read_hdf5(const std::filesystem::path& path, const std::string& dataset) {
    const SilentErrors silent;
    const std::string where = path.string() + " [" + dataset + "]";
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored))
        throw user_error("cannot be read: no such file", path.string(), "check the name");
    const Handle file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
    if (!file)
        throw user_error("is not a readable HDF5 file (damaged, truncated or of another format)", path.string(),
                         "copy or write the file again");
    const Handle set(H5Dopen2(file.get(), dataset.c_str(), H5P_DEFAULT), H5Dclose);
    if (!set)
        throw user_error("has no dataset '" + dataset + "'", path.string(), "list its datasets with h5ls -r");
    const Handle type(H5Dget_type(set.get()), H5Tclose);
    const H5T_class_t kind = type ? H5Tget_class(type.get()) : H5T_NO_CLASS;
    if (kind != H5T_INTEGER && kind != H5T_FLOAT)
        throw user_error("its elements are not plain numbers", where, "store integers or floating-point numbers");
    const Handle space(H5Dget_space(set.get()), H5Sclose);
    const int rank = space ? H5Sget_simple_extent_ndims(space.get()) : -1;
    if (rank < 0)
        throw user_error("its shape cannot be read", where);
    std::vector<hsize_t> sizes(static_cast<std::size_t>(rank));
    H5Sget_simple_extent_dims(space.get(), sizes.data(), nullptr);
    Array array;
    std::size_t elements = 1;
    constexpr std::size_t most = std::size_t{1} << 31U;
    for (const hsize_t size : sizes) {
        array.shape.push_back(size);
        if (size != 0 && elements > most / size)
            throw user_error("claims more elements than we read at once (2^31)", where, "split the data into files");
        elements *= size;
    }
    array.values.resize(elements);
    if (H5Dread(set.get(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, array.values.data()) < 0)
        throw user_error("its data cannot be read (damaged or truncated)", where, "copy or write the file again");
    require_exact(array.values, type.get(), where);
    return array;
}

} // namespace gw::support
