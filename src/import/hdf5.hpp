// The little of HDF5 that Keras files need: groups, float datasets, string attributes; from a file or from bytes in
// memory.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "import/graph.hpp"

namespace gw::import {

/// A read-only HDF5 file. Paths inside are relative to the root, without a leading slash; "" is the root itself.
class Hdf5 {
  public:
    /// Throws support::Error (kind user) naming `file` if it is absent, truncated or not HDF5.
    static Hdf5 open(const std::filesystem::path& file);
    /// The bytes of an HDF5 file; `name` stands for it in messages.
    static Hdf5 from_bytes(std::string bytes, std::string name);

    Hdf5(Hdf5&&) noexcept;
    Hdf5& operator=(Hdf5&&) noexcept;
    ~Hdf5();

    const std::string& name() const;
    bool has(const std::string& path) const;
    /// A dataset of floating-point or integer numbers. Throws (kind user) on other types, on more than 2^26 elements,
    /// and on NaN or infinity.
    FloatArray numbers(const std::string& path) const;
    /// An attribute that is one string; none if it is absent.
    std::optional<std::string> text(const std::string& path, const std::string& attribute) const;
    /// An attribute that is a list of strings; none if it is absent. An empty list may have any element type.
    std::optional<std::vector<std::string>> texts(const std::string& path, const std::string& attribute) const;

  private:
    struct File;
    explicit Hdf5(std::unique_ptr<File> file);
    std::unique_ptr<File> file_;
};

} // namespace gw::import
