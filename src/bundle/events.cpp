#include "bundle/events.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "support/error.hpp"

namespace gw::bundle {
namespace {

using network::Network;
using network::Tensor;
using support::Array;
using support::user_error;
namespace fs = std::filesystem;

/// The arrays of one file by name; a file of one nameless array has the name "".
using Arrays = std::map<std::string, Array>;

struct Source {
    const Array* array = nullptr;
    std::string where;
};

bool is_hdf5(const fs::path& file) {
    return file.extension() == ".h5" || file.extension() == ".hdf5";
}

Arrays read_arrays(const fs::path& file, const Network& network) {
    Arrays arrays;
    if (file.extension() == ".npy")
        arrays[""] = support::read_npy(file);
    else if (file.extension() == ".csv")
        arrays[""] = support::read_csv(file);
    else if (file.extension() == ".npz")
        arrays = support::read_npz(file);
    else if (is_hdf5(file))
        for (const network::TensorId id : network.inputs)
            arrays[network.tensor(id).name] = support::read_hdf5(file, network.tensor(id).name);
    else
        throw user_error("its ending names no data format we read", file.string(), "use .npy, .npz, .csv or .h5");
    return arrays;
}

std::vector<std::string> names_of(const Arrays& arrays) {
    std::vector<std::string> names;
    for (const auto& [name, array] : arrays)
        names.push_back(name);
    return names;
}

Source find_input(const Arrays& arrays, const fs::path& file, const Tensor& input, bool only_input) {
    auto found = arrays.find(input.name);
    if (found == arrays.end() && only_input)
        found = arrays.size() == 1 ? arrays.begin() : arrays.find("x");
    if (found == arrays.end())
        throw user_error(
            fmt::format("has no array for the input '{}'; it has: {}", input.name, fmt::join(names_of(arrays), ", ")),
            file.string(), "name the array after the network's input (gatewright info shows it)");
    return {&found->second, found->first.empty() ? file.string() : file.string() + " [" + found->first + "]"};
}

std::string shape_text(const std::vector<std::size_t>& shape) {
    return fmt::format("({})", fmt::join(shape, ", "));
}

void check_shape(const Source& source, const Tensor& input) {
    const Array& array = *source.array;
    std::size_t per_event = 1;
    for (std::size_t d = 1; d < array.shape.size(); ++d)
        per_event *= array.shape[d];
    if (!array.shape.empty() && per_event == input.size())
        return;
    std::vector<std::string> wanted{"events"};
    for (const std::uint32_t size : input.shape)
        wanted.push_back(std::to_string(size));
    throw user_error(fmt::format("has shape {}, but the input '{}' needs ({})", shape_text(array.shape), input.name,
                                 fmt::join(wanted, ", ")),
                     source.where, "the first axis counts events; the others together make one event");
}

std::vector<Source> assign(const Network& network, const std::vector<Arrays>& contents,
                           const std::vector<fs::path>& files) {
    std::vector<Source> sources;
    const bool only = network.inputs.size() == 1;
    for (std::size_t i = 0; i < network.inputs.size(); ++i) {
        const Tensor& input = network.tensor(network.inputs[i]);
        const std::size_t which = files.size() == 1 ? 0 : i;
        sources.push_back(find_input(contents[which], files[which], input, only || files.size() > 1));
        check_shape(sources.back(), input);
        if (sources.back().array->rows() != sources.front().array->rows())
            throw user_error(fmt::format("has {} events where the first input has {}", sources.back().array->rows(),
                                         sources.front().array->rows()),
                             sources.back().where, "give every input the same events, in the same order");
        support::require_finite(*sources.back().array, sources.back().where);
    }
    return sources;
}

} // namespace

Array read_events(const Network& network, const std::vector<fs::path>& files) {
    if (files.size() != 1 && files.size() != network.inputs.size())
        throw user_error(fmt::format("{} data files for a network with {} inputs", files.size(), network.inputs.size()),
                         {}, "give one file per input, in input order, or one .npz with an array per input name");
    std::vector<Arrays> contents;
    for (const fs::path& file : files)
        contents.push_back(read_arrays(file, network));
    const std::vector<Source> sources = assign(network, contents, files);
    if (sources.size() == 1) {
        Array rows = *sources.front().array;
        rows.shape = {rows.rows(), network.input_size()};
        return rows;
    }
    Array rows;
    const std::size_t events = sources.front().array->rows();
    rows.shape = {events, network.input_size()};
    rows.values.reserve(events * network.input_size());
    for (std::size_t event = 0; event < events; ++event)
        for (const Source& source : sources) {
            const auto width = static_cast<std::ptrdiff_t>(source.array->row_size());
            const auto begin = source.array->values.begin() + static_cast<std::ptrdiff_t>(event) * width;
            rows.values.insert(rows.values.end(), begin, begin + width);
        }
    return rows;
}

std::map<std::string, Array> split_outputs(const Network& network, const Array& rows) {
    std::map<std::string, Array> result;
    const std::size_t events = rows.rows(), stride = network.output_size();
    std::size_t offset = 0;
    for (const network::TensorId id : network.outputs) {
        const Tensor& tensor = network.tensor(id);
        Array array;
        array.shape = {events};
        array.shape.insert(array.shape.end(), tensor.shape.begin(), tensor.shape.end());
        array.values.reserve(events * tensor.size());
        for (std::size_t event = 0; event < events; ++event) {
            const auto begin = rows.values.begin() + static_cast<std::ptrdiff_t>(event * stride + offset);
            array.values.insert(array.values.end(), begin, begin + static_cast<std::ptrdiff_t>(tensor.size()));
        }
        result[tensor.name] = std::move(array);
        offset += tensor.size();
    }
    return result;
}

void require_output_format(const fs::path& file, const Network& network) {
    const std::string ending = file.extension().string();
    if (ending != ".npy" && ending != ".npz" && ending != ".csv")
        throw user_error("its ending names no format we write", file.string(), "use .npy, .npz or .csv");
    if (ending != ".npz" && network.outputs.size() > 1)
        throw user_error(fmt::format("the network has {} outputs, {} files hold one", network.outputs.size(), ending),
                         file.string(), "write a .npz file: it holds an array per output name");
    std::error_code ignored;
    const fs::path folder = fs::absolute(file).parent_path();
    if (!fs::is_directory(folder, ignored))
        throw user_error("the folder for the output does not exist", folder.string(), "create it first");
}

void write_outputs(const fs::path& file, const Network& network, const Array& rows) {
    require_output_format(file, network);
    std::map<std::string, Array> outputs = split_outputs(network, rows);
    if (file.extension() == ".npy") {
        support::write_npy(file, outputs.begin()->second);
    } else if (file.extension() == ".csv") {
        support::write_csv(file, outputs.begin()->second, {});
    } else {
        std::map<std::string, support::StoredArray> stored;
        for (auto& [name, array] : outputs)
            stored[name].array = std::move(array);
        support::write_npz(file, stored);
    }
}

} // namespace gw::bundle
