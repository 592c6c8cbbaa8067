// Solves the benchmark matrices and prints what came out, one JSON object a line. usage: cmvm_bench KIND ROWS BITS SEED
// EXTRA_DEPTH|free
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <string>

#include <nlohmann/json.hpp>

#include "datapath/matrices.hpp"

int main(int count, char** arguments) {
    if (count != 6) {
        std::cerr << "usage: cmvm_bench s|p|z ROWS BITS SEED EXTRA_DEPTH|free\n";
        return 2;
    }
    const auto rows = static_cast<std::size_t>(std::atoi(arguments[2]));
    const int bits = std::atoi(arguments[3]);
    const auto problem = gw::test::problem(arguments[1][0], rows, rows, bits, std::strtoull(arguments[4], nullptr, 10));
    gw::datapath::CmvmOptions options;
    options.extra_depth =
        arguments[5] == std::string("free") ? 64 : static_cast<std::uint32_t>(std::atoi(arguments[5]));
    if(getenv("OBJ")) options.objective=gw::datapath::Objective::adders;
    if(getenv("ROUNDS")) options.rounds=atoi(getenv("ROUNDS"));
    if(getenv("SECS")) options.seconds=atof(getenv("SECS"));
    const std::clock_t started = std::clock();
    const auto solution = gw::datapath::solve(problem, options);
    const double seconds = static_cast<double>(std::clock() - started) / CLOCKS_PER_SEC;
    const auto wrong = gw::datapath::problems(problem, options, solution);
    std::cout << nlohmann::json{{"adders", solution.adders}, {"adder_bits", solution.adder_bits},
                                {"depth", solution.depth},   {"least_depth", gw::datapath::least_depth(problem)},
                                {"cpu_seconds", seconds},    {"wrong", wrong.size()}, {"rounds",solution.rounds}}
                     .dump()
              << "\n";
    return wrong.empty() ? 0 : 1;
}
