#include "plan/file.hpp"

#include <cmath>
#include <limits>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "plan/part.hpp"
#include "support/error.hpp"

namespace gw::plan {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* format_name = "gatewright-plan";
constexpr int version = 1;

/// Reads the keys of one JSON object and remembers which it has seen.
class Reader {
  public:
    Reader(const Json& object, std::string where) : object_(object), where_(std::move(where)) {
        if (!object.is_object()) {
            throw support::user_error("an object is expected", where_);
        }
    }

    const Json* find(const std::string& key) {
        known_.insert(key);
        const auto place = object_.find(key);
        return place == object_.end() ? nullptr : &*place;
    }
    std::string path(const std::string& key) const { return where_ + ": " + key; }

    void time(const std::string& key, double& ns, bool may_be_zero) {
        if (const Json* value = find(key)) {
            ns = value->is_number() ? value->get<double>() : -1;
            if (!(ns > 0 || (may_be_zero && ns == 0)) || !std::isfinite(ns)) {
                throw support::user_error(fmt::format("{} is not a time in ns", value->dump()), path(key),
                                          may_be_zero ? "give a number, 0 or above" : "give a number above 0");
            }
        }
    }
    void count(const std::string& key, std::uint32_t& number, std::uint32_t least) {
        if (const Json* value = find(key)) {
            const bool fits = value->is_number_unsigned() && value->get<std::uint64_t>() >= least &&
                              value->get<std::uint64_t>() <= std::numeric_limits<std::uint32_t>::max();
            if (!fits) {
                throw support::user_error(fmt::format("{} is not a whole number of {} or more", value->dump(), least),
                                          path(key));
            }
            number = value->get<std::uint32_t>();
        }
    }
    void refuse_others() const {
        for (const auto& item : object_.items()) {
            if (known_.count(item.key()) == 0) {
                throw support::user_error("an unknown key", path(item.key()), "remove it, or correct its spelling");
            }
        }
    }

  private:
    const Json& object_;
    std::string where_;
    std::set<std::string> known_;
};

void read_delays(const Json& object, const std::string& where, DelayModel& delays) {
    Reader reader(object, where);
    reader.time("adder", delays.adder, true);
    reader.time("carry_per_bit", delays.carry_per_bit, true);
    reader.time("mux", delays.mux, true);
    reader.time("register_overhead", delays.register_overhead, true);
    reader.refuse_others();
}

} // namespace

std::string to_json(const Plan& plan) {
    Json object{{"format", format_name}, {"version", version}, {"clock_ns", plan.clock_ns}};
    if (plan.stages) {
        object["stages"] = *plan.stages;
    }
    object["extra_depth"] = plan.extra_depth;
    object["chain_operands"] = plan.chain_operands;
    object["reuse_factor"] = plan.reuse_factor;
    if (!plan.layer_reuse.empty()) {
        object["layer_reuse"] = plan.layer_reuse;
    }
    object["delays"] = {{"adder", plan.delays.adder},
                        {"carry_per_bit", plan.delays.carry_per_bit},
                        {"mux", plan.delays.mux},
                        {"register_overhead", plan.delays.register_overhead}};
    object["part"] = plan.part;
    return object.dump(1) + "\n";
}

Plan from_json(const std::string& text, const std::string& where) {
    Json object;
    try {
        object = Json::parse(text);
    } catch (const Json::exception& error) {
        throw support::user_error(std::string("not JSON: ") + error.what(), where);
    }
    Reader reader(object, where);
    const Json *format = reader.find("format"), *number = reader.find("version");
    if (!format || *format != format_name) {
        throw support::user_error("not a plan", reader.path("format"), fmt::format("it must be \"{}\"", format_name));
    }
    if (!number || *number != version) {
        throw support::user_error("a version that this program does not know", reader.path("version"),
                                  fmt::format("it must be {}", version));
    }
    Plan plan;
    reader.time("clock_ns", plan.clock_ns, false);
    if (reader.find("stages")) {
        reader.count("stages", plan.stages.emplace(), 1);
    }
    reader.count("extra_depth", plan.extra_depth, 0);
    reader.count("chain_operands", plan.chain_operands, 2);
    if (plan.chain_operands > 3) {
        throw support::user_error("a carry chain adds two or three operands", reader.path("chain_operands"));
    }
    reader.count("reuse_factor", plan.reuse_factor, 1);
    if (const Json* layers = reader.find("layer_reuse")) {
        Reader each(*layers, reader.path("layer_reuse"));
        for (const auto& item : layers->items()) {
            each.count(item.key(), plan.layer_reuse[item.key()], 1);
        }
    }
    if (const Json* part = reader.find("part")) {
        if (!part->is_string() || part->get<std::string>().empty()) {
            throw support::user_error("the name of a part is expected", reader.path("part"));
        }
        plan.part = part->get<std::string>();
        plan.delays = delays_of(plan.part);
    }
    if (const Json* delays = reader.find("delays")) {
        read_delays(*delays, reader.path("delays"), plan.delays);
    }
    reader.refuse_others();
    return plan;
}

} // namespace gw::plan
