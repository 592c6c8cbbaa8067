#include "shell/verilate.hpp"
#include "shell/zynq/simulation.hpp"

namespace gw::shell {

void compile_zynq_simulation(const std::vector<std::filesystem::path>& sources, const std::filesystem::path& directory,
                             const StreamKernel& kernel) {
    const std::filesystem::path root = std::filesystem::absolute(directory);
    std::vector<std::string> folders;
    std::string top_file;
    for (const std::filesystem::path& folder : sources) {
        folders.push_back(std::filesystem::absolute(folder).string());
        const std::filesystem::path file = std::filesystem::absolute(folder) / (kernel.name + ".v");
        if (std::filesystem::exists(file))
            top_file = file.string();
    }
    verilate({.directory = root,
              .top = kernel.name,
              .folders = folders,
              .top_file = top_file,
              .source = (root / "board.cpp").string(),
              .library = root / zynq_library,
              .work = root / "build"});
}

} // namespace gw::shell
