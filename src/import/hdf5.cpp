#include "import/hdf5.hpp"

#include <cmath>
#include <cstring>

#include <fmt/format.h>
#include <hdf5.h>

#include "support/error.hpp"

namespace gw::import {

namespace {

constexpr hsize_t most_elements = hsize_t{1} << 26;
constexpr std::size_t longest_text = std::size_t{1} << 28;

/// HDF5 prints its own stack of errors on stderr; ours name file and path instead.
class Silence {
  public:
    Silence() {
        H5Eget_auto2(H5E_DEFAULT, &function_, &data_);
        H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
    }
    ~Silence() { H5Eset_auto2(H5E_DEFAULT, function_, data_); }
    Silence(const Silence&) = delete;
    Silence& operator=(const Silence&) = delete;

  private:
    H5E_auto2_t function_ = nullptr;
    void* data_ = nullptr;
};

/// An HDF5 handle with the function that closes it.
class Handle {
  public:
    Handle(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {}
    ~Handle() {
        if (id_ >= 0)
            close_(id_);
    }
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;
    bool ok() const { return id_ >= 0; }
    operator hid_t() const { return id_; }

  private:
    hid_t id_;
    herr_t (*close_)(hid_t);
};

/// Frees what HDF5 allocated for variable-length strings, also on the way out of an exception.
class VariableTexts {
  public:
    VariableTexts(std::size_t count, hid_t type, hid_t space) : pointers(count, nullptr), type_(type), space_(space) {}
    ~VariableTexts() { H5Dvlen_reclaim(type_, space_, H5P_DEFAULT, pointers.data()); }
    VariableTexts(const VariableTexts&) = delete;
    VariableTexts& operator=(const VariableTexts&) = delete;
    std::vector<char*> pointers;

  private:
    hid_t type_, space_;
};

std::vector<std::string> variable_texts(hid_t attribute, hid_t space, std::size_t count, bool& good) {
    Handle type(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_size(type, H5T_VARIABLE);
    Handle stored(H5Aget_type(attribute), H5Tclose);
    H5Tset_cset(type, H5Tget_cset(stored));
    VariableTexts texts(count, type, space);
    good = H5Aread(attribute, type, texts.pointers.data()) >= 0;
    std::vector<std::string> out;
    for (const char* text : texts.pointers)
        out.emplace_back(text == nullptr ? "" : text);
    return out;
}

std::vector<std::string> fixed_texts(hid_t attribute, hid_t stored, std::size_t count, bool& good) {
    const std::size_t size = H5Tget_size(stored);
    if (size == 0 || count * size > longest_text) {
        good = false;
        return {};
    }
    std::vector<char> bytes(count * size + 1, '\0');
    good = H5Aread(attribute, stored, bytes.data()) >= 0;
    std::vector<std::string> out;
    for (std::size_t i = 0; i < count; ++i)
        out.emplace_back(bytes.data() + i * size, strnlen(bytes.data() + i * size, size));
    return out;
}

} // namespace

struct Hdf5::File {
    File(std::string label, hid_t id) : name(std::move(label)), handle(id, H5Fclose) {}
    std::string name;
    Handle handle;

    support::Error broken(const std::string& path, const std::string& what) const {
        return support::user_error(what, path.empty() ? name : name + ": " + path, "write the file again");
    }
};

Hdf5::Hdf5(std::unique_ptr<File> file) : file_(std::move(file)) {}
Hdf5::Hdf5(Hdf5&&) noexcept = default;
Hdf5& Hdf5::operator=(Hdf5&&) noexcept = default;
Hdf5::~Hdf5() = default;

const std::string& Hdf5::name() const {
    return file_->name;
}

Hdf5 Hdf5::open(const std::filesystem::path& file) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(file, error))
        throw support::user_error("there is no such file", file.string(), "check the path");
    const Silence silence;
    auto opened = std::make_unique<File>(file.string(), H5Fopen(file.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT));
    if (!opened->handle.ok())
        throw support::user_error("this is not a whole HDF5 file", file.string(), "write the file again");
    return Hdf5(std::move(opened));
}

Hdf5 Hdf5::from_bytes(std::string bytes, std::string name) {
    const Silence silence;
    const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    const std::size_t grow = std::size_t{1} << 16;
    if (bytes.empty() || H5Pset_fapl_core(access, grow, false) < 0 ||
        H5Pset_file_image(access, bytes.data(), bytes.size()) < 0)
        throw support::user_error("this is not a whole HDF5 file", name, "write the file again");
    // The image is copied by HDF5; the name only labels it and need not exist.
    auto opened = std::make_unique<File>(name, H5Fopen("gatewright-memory.h5", H5F_ACC_RDONLY, access));
    if (!opened->handle.ok())
        throw support::user_error("this is not a whole HDF5 file", name, "write the file again");
    return Hdf5(std::move(opened));
}

bool Hdf5::has(const std::string& path) const {
    const Silence silence;
    // H5Lexists wants every step above to exist already.
    for (std::size_t end = path.find('/'); end != std::string::npos; end = path.find('/', end + 1))
        if (H5Lexists(file_->handle, path.substr(0, end).c_str(), H5P_DEFAULT) <= 0)
            return false;
    return path.empty() || H5Lexists(file_->handle, path.c_str(), H5P_DEFAULT) > 0;
}

FloatArray Hdf5::numbers(const std::string& path) const {
    const Silence silence;
    const Handle data(H5Dopen2(file_->handle, path.c_str(), H5P_DEFAULT), H5Dclose);
    if (!data.ok())
        throw file_->broken(path, "there is no such dataset");
    const Handle type(H5Dget_type(data), H5Tclose);
    const H5T_class_t kind = type.ok() ? H5Tget_class(type) : H5T_NO_CLASS;
    if (kind != H5T_FLOAT && kind != H5T_INTEGER)
        throw file_->broken(path, "the dataset does not hold numbers");
    const Handle space(H5Dget_space(data), H5Sclose);
    const int rank = space.ok() ? H5Sget_simple_extent_ndims(space) : H5I_INVALID_HID;
    if (rank < 0 || rank > 8)
        throw file_->broken(path, "the dataset has no usable shape");
    std::vector<hsize_t> extent(static_cast<std::size_t>(rank));
    H5Sget_simple_extent_dims(space, extent.data(), nullptr);
    FloatArray out;
    hsize_t count = 1;
    for (hsize_t size : extent) {
        if (size == 0 || size > most_elements || (count *= size) > most_elements)
            throw file_->broken(path, "the dataset is empty, or larger than 2^26 elements");
        out.shape.push_back(static_cast<std::uint32_t>(size));
    }
    // Deflate shrinks at most 1032 to 1: a dataset that claims more is damaged, and must not make us reserve it.
    if (count / 1032 > H5Dget_storage_size(data))
        throw file_->broken(path, "the dataset is damaged: less is stored than its shape says");
    out.values.resize(count);
    if (H5Dread(data, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, out.values.data()) < 0)
        throw file_->broken(path, "the dataset cannot be read: the file is truncated or damaged");
    for (std::size_t i = 0; i < out.values.size(); ++i)
        if (!std::isfinite(out.values[i]))
            throw support::user_error(fmt::format("element {} is {}", i, out.values[i]), file_->name + ": " + path,
                                      "train the network again: it has diverged");
    return out;
}

std::optional<std::vector<std::string>> Hdf5::texts(const std::string& path, const std::string& attribute) const {
    const Silence silence;
    const Handle object(H5Oopen(file_->handle, path.empty() ? "/" : path.c_str(), H5P_DEFAULT), H5Oclose);
    if (!object.ok() || H5Aexists(object, attribute.c_str()) <= 0)
        return std::nullopt;
    const Handle value(H5Aopen(object, attribute.c_str(), H5P_DEFAULT), H5Aclose);
    const Handle space(value.ok() ? H5Aget_space(value) : H5I_INVALID_HID, H5Sclose);
    const Handle type(value.ok() ? H5Aget_type(value) : H5I_INVALID_HID, H5Tclose);
    const std::string where = path + "@" + attribute;
    if (!space.ok() || !type.ok())
        throw file_->broken(where, "the attribute cannot be read");
    const hssize_t count = H5Sget_simple_extent_npoints(space);
    if (count == 0)
        return std::vector<std::string>{};
    if (count < 0 || static_cast<std::size_t>(count) > longest_text || H5Tget_class(type) != H5T_STRING)
        throw file_->broken(where, "the attribute is not text");
    bool good = false;
    auto out = H5Tis_variable_str(type) > 0 ? variable_texts(value, space, static_cast<std::size_t>(count), good)
                                            : fixed_texts(value, type, static_cast<std::size_t>(count), good);
    if (!good)
        throw file_->broken(where, "the attribute cannot be read");
    return out;
}

std::optional<std::string> Hdf5::text(const std::string& path, const std::string& attribute) const {
    auto all = texts(path, attribute);
    if (!all)
        return std::nullopt;
    if (all->size() != 1)
        throw file_->broken(path + "@" + attribute, "the attribute is not one text");
    return all->front();
}

} // namespace gw::import
