// Solves one benchmark matrix and prints what came out as a JSON object.
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <string>

#include <nlohmann/json.hpp>

#include "datapath/matrices.hpp"

int main(int count, char** arguments) {
    if (count < 7) {
        std::cerr << "usage: cmvm_bench s|p|z ROWS BITS SEED EXTRA_DEPTH|free bits|adders [SECONDS]\n";
        return 2;
    }
    using namespace gw;
    const auto rows = static_cast<std::size_t>(std::atoi(arguments[2]));
    const int bits = std::atoi(arguments[3]);
    const auto problem = test::problem(arguments[1][0], rows, rows, bits, std::strtoull(arguments[4], nullptr, 10));
    datapath::CmvmOptions options;
    options.extra_depth =
        arguments[5] == std::string("free") ? 64 : static_cast<std::uint32_t>(std::atoi(arguments[5]));
    options.objective = arguments[6] == std::string("adders") ? datapath::Objective::adders : datapath::Objective::bits;
    if (count > 7) {
        options.seconds = std::atof(arguments[7]);
    }
    const std::clock_t started = std::clock();
    const auto solution = datapath::solve(problem, options);
    const double seconds = static_cast<double>(std::clock() - started) / CLOCKS_PER_SEC;
    const auto wrong = datapath::problems(problem, options, solution);
    const auto bounds = datapath::lower_bounds(problem);
    std::cout << nlohmann::json{{"adders", solution.adders},
                                {"adder_bits", solution.adder_bits},
                                {"depth", solution.depth},
                                {"lower_bound", {{"adders", bounds.adders}, {"depth", bounds.depth}}},
                                {"rounds", solution.rounds},
                                {"cpu_seconds", seconds},
                                {"wrong", wrong.size()}}
                     .dump()
              << "\n";
    return wrong.empty() ? 0 : 1;
}
