#include "formal/prove.hpp"

namespace gw::formal {

using Json = nlohmann::ordered_json;

namespace {

const char* text_of(Method method) {
    return method == Method::algebra ? "algebra" : method == Method::logic ? "logic" : "none";
}

} // namespace

Json to_json(const Proof& proof) {
    Json ops = Json::array(), outputs = Json::array();
    for (const OpProof& op : proof.ops)
        ops.push_back({{"name", op.name},
                       {"op", op.kind},
                       {"proved", op.proved},
                       {"not_proved", op.timed_out},
                       {"inside_later_pieces", op.inside}});
    for (const OutputProof& output : proof.outputs) {
        Json entry{{"name", output.name}, {"verdict", text_of(output.verdict)}, {"by", text_of(output.method)}};
        if (!output.reason.empty())
            entry["reason"] = output.reason;
        outputs.push_back(std::move(entry));
    }
    Json json{{"verdict", text_of(proof.verdict)},
              {"proved", proof.pieces(Verdict::proved)},
              {"not_proved", proof.pieces(Verdict::not_proved)},
              {"different", proof.pieces(Verdict::different)},
              {"seconds", proof.seconds},
              {"cells", proof.cells},
              {"register_bits", proof.register_bits},
              {"register_problems", proof.timing_problems},
              {"ops", std::move(ops)},
              {"outputs", std::move(outputs)}};
    if (proof.counterexample)
        json["counterexample"] = {{"inputs", proof.counterexample->inputs},
                                  {"expected", proof.counterexample->expected},
                                  {"actual", proof.counterexample->actual}};
    return json;
}

} // namespace gw::formal
