// In the order of the network: each node that is no sum is looked for among the words of the netlist (events guess it,
// samples.hpp), proved to be that word, and from then on an unknown with a range. The proof of a node so rests on those
// of the nodes before it, and the range of each is that of the network's own arithmetic. At last the outputs.
#include "formal/prove.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "emulate/emulator.hpp"
#include "formal/piece.hpp"
#include "formal/samples.hpp"
#include "formal/search.hpp"
#include "network/elements.hpp"
#include "rtl/packing.hpp"
#include "support/error.hpp"
#include "support/interrupt.hpp"

namespace gw::formal {
namespace {

constexpr std::size_t guessing_events = 512;
constexpr std::size_t most_words = 4; ///< tried for one node

std::vector<rtl::Field> fields_of(const network::Network& network, const std::vector<network::TensorId>& tensors,
                                  std::uint32_t bits, const std::string& where) {
    std::vector<rtl::Field> fields;
    if (rtl::lay_out(fields, "", network::element_types(network, tensors)) != bits)
        throw support::user_error("has ports of other widths than the network's inputs and outputs", where,
                                  "build the bundle again");
    std::size_t next = 0;
    for (const network::TensorId id : tensors)
        for (std::size_t i = 0; i < network.tensor(id).size(); ++i)
            fields[next++].name = fmt::format("{}[{}]", network.tensor(id).name, i);
    return fields;
}

class Prover {
  public:
    Prover(const rtl::Core& core, const network::Network& network, const Netlist& netlist, const Settings& settings,
           Clock::time_point end, Proof& proof)
        : network_(network), netlist_(netlist), settings_(settings), end_(end), proof_(proof), meaning_(network),
          inputs_(fields_of(network, network.inputs, core.input_bits, core.module)),
          outputs_(fields_of(network, network.outputs, core.output_bits, core.module)),
          cuts_(netlist.bits(), meaning_.nodes().size()), linear_(netlist, meaning_, cuts_), words_of_(netlist.bits()) {
        for (std::uint32_t i = 0; i < netlist.words.size(); ++i)
            for (std::uint32_t k = 0; k < netlist.words[i].bits.size(); ++k)
                if (netlist.words[i].bits[k] >= first_net)
                    words_of_[netlist.words[i].bits[k]].push_back({i, k});
        for (NodeId id = 0; id < meaning_.nodes().size(); ++id)
            if (const auto* input = std::get_if<Input>(&meaning_.nodes()[id].body)) {
                const rtl::Field& field = inputs_[input->index];
                if (field.type.width > 0)
                    cuts_.add({id, slice(netlist.x, field), field.type.is_signed, 0});
            }
    }

    void run() {
        settings_.on_step("search for differences by events");
        if (settings_.events > 0 && differs_on(drawn_events(network_, settings_.events, settings_.seed + 1)))
            return;
        settings_.on_step("guess which word is which value");
        const auto events = drawn_events(network_, guessing_events, settings_.seed);
        const auto words = candidates(netlist_, meaning_, inputs_, events, guessing_events);
        for (std::size_t op = 0; op < network_.ops.size(); ++op)
            prove_op(op, words);
        settings_.on_step("outputs");
        prove_outputs();
    }

  private:
    static Bits slice(const Bits& bits, const rtl::Field& field) {
        const auto first = bits.begin() + field.offset;
        return {first, first + field.type.width};
    }
    Clock::time_point piece_end() const {
        return std::min(end_, Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                                 std::chrono::duration<double>(settings_.piece_seconds)));
    }
    bool out_of_time() const { return Clock::now() >= end_; }
    Piece piece(Depth depth) { return {netlist_, meaning_, cuts_, linear_, words_of_, depth}; }

    /// The netlist's outputs for events.
    std::vector<std::int64_t> netlist_outputs(std::span<const std::int64_t> events, std::size_t count) const {
        std::vector<Word> words;
        for (const rtl::Field& field : outputs_)
            words.push_back({field.name, slice(netlist_.y, field), field.type.is_signed});
        const auto columns = NetlistRun(netlist_).numbers(words, inputs_, events, count);
        std::vector<std::int64_t> result;
        for (std::size_t i = 0; i < count; ++i)
            for (const auto& column : columns)
                result.push_back(column[i]);
        return result;
    }

    /// Whether netlist and emulator differ on some of the events; the first of them is kept.
    bool differs_on(std::span<const std::int64_t> events) {
        const std::size_t count = events.size() / inputs_.size(), width = outputs_.size();
        std::vector<std::int64_t> expected(count * width);
        emulate::Emulator(network_).run(events, expected);
        const std::vector<std::int64_t> actual = netlist_outputs(events, count);
        const auto [at, other] = std::mismatch(expected.begin(), expected.end(), actual.begin());
        if (at == expected.end())
            return false;
        const auto event = static_cast<std::size_t>(at - expected.begin()) / width;
        const auto part = [&](std::span<const std::int64_t> all, std::size_t of) {
            return std::vector<std::int64_t>(all.begin() + static_cast<std::ptrdiff_t>(event * of),
                                             all.begin() + static_cast<std::ptrdiff_t>((event + 1) * of));
        };
        proof_.counterexample = {part(events, inputs_.size()), part(expected, width), part(actual, width)};
        for (std::size_t i = 0; i < width; ++i)
            if (proof_.counterexample->expected[i] != proof_.counterexample->actual[i])
                proof_.outputs.push_back({outputs_[i].name, Verdict::different, Method::none, "differs on an event"});
        return true;
    }

    void prove_op(std::size_t index, const std::vector<std::vector<Candidate>>& words);
    Answer prove_node(NodeId node, const std::vector<Candidate>& words);
    std::vector<NodeId> results_of(const network::Op& op) const;
    Answer prove_cut(const Cut& cut);
    void prove_outputs();
    OutputProof prove_output(const Value& value, const rtl::Field& field);
    OutputProof found_different(const Piece& attempt, Literal differs, const Solution& solution,
                                const rtl::Field& field);
    bool by_algebra(const Value& value, std::int32_t fraction, const Bits& bits);

    const network::Network& network_;
    const Netlist& netlist_;
    const Settings& settings_;
    Clock::time_point end_;
    Proof& proof_;
    Meaning meaning_;
    std::vector<rtl::Field> inputs_, outputs_;
    Cuts cuts_;
    LinearForms linear_;
    std::vector<std::vector<Place>> words_of_;
    NodeId next_ = 0; ///< the first node of the next op
    support::Random random_{1};
};

/// Nodes that the value reads, itself among them, back to those of ops before.
void mark(const Meaning& meaning, const Value& value, NodeId first, std::vector<bool>& marks) {
    for (const auto& [atom, coefficient] : value.form.terms())
        if (atom.index >= first && !marks[atom.index]) {
            marks[atom.index] = true;
            for (const Value& operand : operands(meaning.nodes()[atom.index].body))
                mark(meaning, operand, first, marks);
        }
}

/// Nodes of the op that its output's elements are sums of: those that later ops read.
std::vector<NodeId> Prover::results_of(const network::Op& op) const {
    std::set<NodeId> results;
    for (const Value& value : meaning_.tensors()[static_cast<std::size_t>(network::output_of(op))])
        for (const auto& [atom, coefficient] : value.form.terms())
            if (atom.index >= next_)
                results.insert(atom.index);
    return {results.begin(), results.end()};
}

void Prover::prove_op(std::size_t index, const std::vector<std::vector<Candidate>>& words) {
    const network::Op& op = network_.ops[index];
    settings_.on_step(op.name);
    std::vector<bool> marks(meaning_.nodes().size(), false);
    for (const Value& value : meaning_.tensors()[static_cast<std::size_t>(network::output_of(op))])
        mark(meaning_, value, next_, marks);
    std::map<NodeId, Answer> answers;
    for (NodeId id = next_; id < marks.size(); ++id)
        if (marks[id] && !std::holds_alternative<Input>(meaning_.nodes()[id].body))
            answers[id] = prove_node(id, words[id]);
    std::optional<Piece> logic; // of the netlist behind the cuts so far
    std::optional<WordSearch> search;
    for (const NodeId id : results_of(op)) {
        const auto answer = answers.find(id);
        if (answer == answers.end() || answer->second != Answer::possible || out_of_time())
            continue;
        if (!search) {
            logic.emplace(piece(Depth::cuts));
            search.emplace(netlist_, meaning_, *logic);
        }
        answer->second = prove_node(id, search->candidates(id, random_));
        if (answer->second == Answer::impossible)
            search.reset(); // there is a cut more
    }
    OpProof result{op.name, network::kind_of(op), 0, 0, 0};
    for (const auto& [id, answer] : answers)
        ++(answer == Answer::impossible ? result.proved : answer == Answer::no_time ? result.timed_out : result.inside);
    if (!answers.empty())
        next_ = answers.rbegin()->first + 1;
    proof_.ops.push_back(result);
}

/// Whether the node can differ from every one of the words: a cut for each from which it cannot.
Answer Prover::prove_node(NodeId node, const std::vector<Candidate>& words) {
    support::throw_if_interrupted();
    Answer best = Answer::possible;
    for (std::size_t i = 0; i < std::min(words.size(), most_words); ++i) {
        const Word& word = netlist_.words[words[i].word];
        const Cut cut{node, word.bits, word.is_signed, words[i].places};
        const Answer answer = out_of_time() ? Answer::no_time : prove_cut(cut);
        if (answer == Answer::impossible) {
            cuts_.add(cut);
            linear_.forget();
            best = answer;
        } else if (answer == Answer::no_time && best == Answer::possible) {
            best = answer;
        }
    }
    return best;
}

/// Whether the node can differ from the word.
Answer Prover::prove_cut(const Cut& cut) {
    try {
        const auto exact = linear_.exact(cut.bits, cut.is_signed);
        if (exact && *exact == Form(Atom{Atom::Kind::node, cut.node}).moved(-cut.places))
            return Answer::impossible;
    } catch (const support::Error& error) {
        if (error.kind() != support::ErrorKind::unsupported)
            throw;
    }
    Answer answer = Answer::no_time;
    for (const Depth depth : {Depth::sums, Depth::cuts}) {
        Piece attempt = piece(depth);
        const Literal differs = attempt.differs(cut);
        answer = attempt.solve(differs, piece_end()).answer;
        if (answer == Answer::impossible)
            break;
    }
    return answer;
}

bool Prover::by_algebra(const Value& value, std::int32_t fraction, const Bits& bits) {
    try {
        const Form expected = value.is_zero() ? Form() : value.form.moved(fraction - value.fraction);
        return congruent(linear_.modulo(bits), expected, static_cast<int>(bits.size()));
    } catch (const support::Error& error) {
        if (error.kind() != support::ErrorKind::unsupported)
            throw;
        return false; // too wide
    }
}

/// An event for a difference. Nets that nothing drives are 0 in the run that confirms it, and may have to be.
OutputProof Prover::found_different(const Piece& attempt, Literal differs, const Solution& solution,
                                    const rtl::Field& field) {
    const OutputProof different{field.name, Verdict::different, Method::logic, "differs on an event"};
    if (differs_on(attempt.event_of(solution, inputs_.size())))
        return different;
    const Solution other = attempt.solve(differs, piece_end(), Piece::Undriven::zero);
    if (other.answer == Answer::possible && differs_on(attempt.event_of(other, inputs_.size())))
        return different;
    return {field.name, Verdict::not_proved, Method::none, "it reads nets that nothing drives"};
}

OutputProof Prover::prove_output(const Value& value, const rtl::Field& field) {
    const Bits bits = slice(netlist_.y, field);
    OutputProof result{field.name, Verdict::proved, Method::algebra, {}};
    if (bits.empty() || by_algebra(value, field.type.fraction, bits))
        return result;
    result.method = Method::logic;
    for (const Depth depth : {Depth::sums, Depth::cuts, Depth::inputs}) {
        Piece attempt = piece(depth);
        const Literal differs = attempt.differs(value, field.type.fraction, bits);
        const Solution solution = attempt.solve(differs, piece_end());
        if (solution.answer == Answer::impossible)
            return result;
        if (solution.answer == Answer::possible && depth == Depth::inputs)
            return found_different(attempt, differs, solution, field);
    }
    return {field.name, Verdict::not_proved, Method::none, "time limit"};
}

void Prover::prove_outputs() {
    std::size_t next = 0;
    for (const network::TensorId id : network_.outputs)
        for (const Value& value : meaning_.tensors()[static_cast<std::size_t>(id)]) {
            support::throw_if_interrupted();
            const rtl::Field& field = outputs_[next++];
            OutputProof result = out_of_time()
                                     ? OutputProof{field.name, Verdict::not_proved, Method::none, "time limit"}
                                     : prove_output(value, field);
            const bool different = result.verdict == Verdict::different;
            if (different)
                proof_.outputs.clear();
            proof_.outputs.push_back(std::move(result));
            if (different)
                return;
        }
}

Verdict whole(const Proof& proof) {
    if (proof.counterexample || !proof.timing_problems.empty())
        return Verdict::different;
    const bool all = std::all_of(proof.outputs.begin(), proof.outputs.end(),
                                 [](const OutputProof& output) { return output.verdict == Verdict::proved; });
    return all && !proof.outputs.empty() ? Verdict::proved : Verdict::not_proved;
}

} // namespace

const char* text_of(Verdict verdict) {
    switch (verdict) {
    case Verdict::proved:
        return "proved";
    case Verdict::not_proved:
        return "not proved";
    case Verdict::different:
        return "DIFFERENT";
    }
    return "";
}

std::uint64_t Proof::pieces(Verdict of) const {
    std::uint64_t count = 0;
    for (const OpProof& op : ops)
        count += of == Verdict::proved ? op.proved : of == Verdict::not_proved ? op.timed_out : 0;
    for (const OutputProof& output : outputs)
        count += output.verdict == of ? 1 : 0;
    return count + (of == Verdict::different ? timing_problems.size() : 0);
}

Proof prove(const rtl::Core& core, const rtl::Files& files, const network::Network& network, const Settings& settings) {
    const auto start = Clock::now();
    const auto end =
        start + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(settings.seconds));
    Proof proof;
    settings.on_step("read the Verilog");
    const Reading reading =
        read_netlist(core, files, std::chrono::seconds(1 + static_cast<std::int64_t>(settings.seconds)));
    proof.timing_problems = reading.timing_problems;
    proof.register_bits = reading.netlist.register_bits;
    proof.cells = reading.netlist.cells.size();
    if (proof.timing_problems.empty())
        Prover(core, network, reading.netlist, settings, end, proof).run();
    proof.verdict = whole(proof);
    proof.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    return proof;
}

} // namespace gw::formal
