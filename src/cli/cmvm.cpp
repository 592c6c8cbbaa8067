#include "datapath/cmvm.hpp"

#include <chrono>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "datapath/pipeline.hpp"
#include "rtl/emit.hpp"
#include "support/array_io.hpp"
#include "support/atomic_file.hpp"
#include "support/error.hpp"
#include "support/npy.hpp"
#include "support/npy_header.hpp"

namespace gw::cli {
namespace {

struct Options {
    std::filesystem::path matrix, verilog;
    std::string depth = "min";
    datapath::Objective objective = datapath::Objective::bits;
    std::optional<double> seconds;
    std::uint32_t rounds = 0, input_bits = 8, stages = 1;
    std::uint64_t seed = 1;
    unsigned threads = 0; ///< 0: one per core
    bool json = false;
};

/// The integers of a .npy file of rank 2: inputs x columns.
datapath::CmvmProblem read_problem(const Options& options) {
    const std::string where = options.matrix.string();
    const std::string bytes = support::read_file(options.matrix);
    if (support::parse_npy_header(bytes, where).kind == 'f')
        throw support::user_error("the matrix is of a floating-point type", where,
                                  "scale it to integers and save it as such: numpy.save(file, w.astype(numpy.int64))");
    const support::Array array = support::parse_npy(bytes, where);
    if (array.shape.size() != 2 || array.values.empty())
        throw support::user_error(fmt::format("an array of {} dimensions and {} elements is no matrix",
                                              array.shape.size(), array.values.size()),
                                  where, "save an array of two dimensions: inputs, then outputs");
    datapath::CmvmProblem problem;
    const auto half = fixed::Int128{1} << (options.input_bits - 1);
    problem.inputs.assign(array.shape[0], {{-half, half - 1, 0}, 0});
    problem.columns = array.shape[1];
    for (const double value : array.values)
        problem.weights.push_back(static_cast<std::int64_t>(value));
    return problem;
}

/// Words of hardware have at most 64 bits.
void require_narrow(const datapath::CmvmProblem& problem, const Options& options) {
    for (std::size_t j = 0; j < problem.columns; ++j) {
        fixed::Int128 sum = 0;
        for (std::size_t i = 0; i < problem.inputs.size(); ++i) {
            const std::int64_t weight = problem.weights[i * problem.columns + j];
            sum += weight < 0 ? -fixed::Int128{weight} : fixed::Int128{weight};
        }
        const int bits = fixed::magnitude_bits(sum) + static_cast<int>(options.input_bits);
        if (bits > 64)
            throw support::user_error(fmt::format("the weights of column {} give sums of {} bits", j, bits),
                                      options.matrix.string(),
                                      "64 is the limit: give fewer --input-bits, or scale the weights down");
    }
}

std::uint32_t extra_depth(const Options& options, std::uint32_t least) {
    if (options.depth == "min")
        return 0;
    if (options.depth == "free")
        return 64; // more than any sum can use
    const auto wanted = static_cast<std::uint32_t>(std::stoul(options.depth));
    if (wanted < least)
        throw support::user_error(fmt::format("no adders of depth {} can build this matrix", wanted),
                                  options.matrix.string(), fmt::format("give --depth {} or more, or min", least));
    return wanted - least;
}

void write_verilog(const datapath::CmvmProblem& problem, const datapath::CmvmSolution& solution,
                   const Options& options) {
    const std::string name = options.verilog.stem().string();
    const datapath::Graph graph = datapath::graph_of(problem, solution);
    plan::Plan plan;
    plan.stages = options.stages;
    const rtl::Rtl made = rtl::emit(graph, datapath::pipeline(graph, plan), name, plan.clock_ns);
    std::string text;
    for (const auto& [file, contents] : made.files)
        text += contents + "\n";
    support::write_file(options.verilog, text);
}

nlohmann::ordered_json report(const datapath::CmvmProblem& problem, const datapath::CmvmSolution& solution,
                              double seconds) {
    const datapath::CmvmBounds bounds = datapath::lower_bounds(problem);
    return {{"inputs", problem.inputs.size()}, {"outputs", problem.columns},
            {"adders", solution.adders},       {"adder_bits", solution.adder_bits},
            {"depth", solution.depth},         {"lower_bound", {{"adders", bounds.adders}, {"depth", bounds.depth}}},
            {"rounds", solution.rounds},       {"seconds", seconds}};
}

void run(const Options& options) {
    const datapath::CmvmProblem problem = read_problem(options);
    require_narrow(problem, options);
    if (!options.verilog.empty())
        rtl::require_identifier(options.verilog.stem().string()); // said before the work, not after it
    datapath::CmvmOptions how;
    how.extra_depth = extra_depth(options, datapath::least_depth(problem));
    how.objective = options.objective;
    how.rounds = options.rounds;
    how.seconds = options.seconds;
    how.seed = options.seed;
    how.threads = options.threads;
    const auto started = std::chrono::steady_clock::now();
    const datapath::CmvmSolution solution = datapath::solve(problem, how);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - started;
    if (const auto wrong = datapath::problems(problem, how, solution); !wrong.empty())
        throw support::internal_error("the solution is not the matrix: " + wrong.front(), options.matrix.string());
    if (!options.verilog.empty())
        write_verilog(problem, solution, options);
    const auto json = report(problem, solution, seconds.count());
    if (options.json)
        fmt::print("{}\n", json.dump());
    else
        fmt::print("{} x {}: {} adders (at least {}), {} adder bits, depth {} (at least {}), {:.3g} s\n",
                   problem.inputs.size(), problem.columns, solution.adders,
                   json["lower_bound"]["adders"].get<std::size_t>(), solution.adder_bits, solution.depth,
                   json["lower_bound"]["depth"].get<std::uint32_t>(), seconds.count());
}

/// min, free, or levels.
std::string check_depth(const std::string& text) {
    const bool number = !text.empty() && text.size() < 5 && text.find_first_not_of("0123456789") == std::string::npos;
    return number || text == "min" || text == "free" ? std::string{}
                                                     : "'" + text + "' is none of min, free, and a number of levels";
}

} // namespace

void add_cmvm(CLI::App& program) {
    const auto options = std::make_shared<Options>();
    CLI::App* command = add_command(program, "cmvm", "Build x * MATRIX of shared adders: how many, how wide, how deep",
                                    "gatewright cmvm matrix.npy --depth min --time 10 --verilog product.v");
    command->add_option("MATRIX", options->matrix, "An integer .npy of two dimensions: inputs x outputs")->required();
    command->add_option("--depth", options->depth, "Adder levels: min (default), free, or a number")
        ->check(CLI::Validator(check_depth, "min|free|N"));
    static const std::map<std::string, datapath::Objective> objectives{{"bits", datapath::Objective::bits},
                                                                       {"adders", datapath::Objective::adders}};
    command->add_option("--objective", options->objective, "bits (default): of carry chains; adders: how many")
        ->transform(CLI::CheckedTransformer(objectives, CLI::ignore_case));
    CLI::Option* time = command
                            ->add_option("--time", options->seconds,
                                         "Seconds of local search; the result depends on how many "
                                         "rounds they were enough for")
                            ->check(CLI::Range(0.0, 1e6));
    command
        ->add_option("--rounds", options->rounds,
                     "Rounds of local search instead: the same result on any machine and number of threads")
        ->check(CLI::Range(0U, 1000000000U))
        ->excludes(time);
    command->add_option("--seed", options->seed, "Of the local search (default 1)");
    command->add_option("--threads", options->threads, "CPU threads of the local search (default: one per core)")
        ->check(CLI::Range(1U, 4096U));
    command->add_option("--input-bits", options->input_bits, "Bits of each signed input (default 8)")
        ->check(CLI::Range(1U, 32U));
    CLI::Option* verilog = command->add_option("--verilog", options->verilog, "Where the product is to go as Verilog");
    command->add_option("--stages", options->stages, "Register ranks of that Verilog (default 1, at the outputs)")
        ->check(CLI::Range(1U, 100U))
        ->needs(verilog);
    command->add_flag("--json", options->json, "Print JSON");
    command->callback([options] { run(*options); });
}

} // namespace gw::cli
