#include <nlohmann/json.hpp>

#include "shell/card.hpp"
#include "support/atomic_file.hpp"
#include "support/error.hpp"

namespace gw::shell {

namespace {

using nlohmann::json;
constexpr const char* format_name = "gatewright-card";
constexpr int format_version = 1;

json fields_json(const std::vector<rtl::Field>& fields) {
    json list = json::array();
    for (const rtl::Field& field : fields) {
        list.push_back({{"name", field.name}, {"type", fixed::to_string(field.type)}, {"offset", field.offset}});
    }
    return list;
}

std::vector<rtl::Field> fields_from(const json& list) {
    std::vector<rtl::Field> fields;
    for (const json& entry : list) {
        fields.push_back(
            {entry.at("name"), fixed::parse_type(entry.at("type").get<std::string>()), entry.at("offset")});
    }
    return fields;
}

std::uint32_t bits_of(const std::vector<rtl::Field>& fields) {
    std::uint32_t bits = 0;
    for (const rtl::Field& field : fields) {
        bits += static_cast<std::uint32_t>(field.type.width);
    }
    return bits;
}

} // namespace

std::string to_json(const CardDescription& card) {
    json registers_list = json::array();
    for (const Register& entry : register_map()) {
        registers_list.push_back({{"name", entry.name},
                                  {"offset", entry.offset},
                                  {"bits", entry.bits},
                                  {"access", entry.writable ? "rw" : "r"},
                                  {"meaning", entry.meaning}});
    }
    // The layouts follow from the types; they stand here for other people's drivers, and are checked when the file is
    // read.
    const json description = {{"format", format_name},
                              {"version", format_version},
                              {"kernel", card.kernel.name},
                              {"control", to_string(card.kernel.control)},
                              {"core", card.core.module},
                              {"clock_ns", card.core.clock_ns},
                              {"core_latency", card.core.latency},
                              {"checksums", card.kernel.checksums},
                              {"input_event_bytes", card.kernel.input.bytes},
                              {"output_event_bytes", card.kernel.output.bytes},
                              {"inputs", fields_json(card.core.inputs)},
                              {"outputs", fields_json(card.core.outputs)},
                              {"registers", registers_list}};
    return description.dump(1) + "\n";
}

CardDescription card_from_json(const std::string& text, const std::string& where) {
    try {
        const json description = json::parse(text);
        if (description.at("format") != format_name || description.at("version") != format_version) {
            throw support::user_error("this is no card description of version 1", where, "build the bundle again");
        }
        CardDescription card;
        card.core.module = description.at("core");
        card.core.inputs = fields_from(description.at("inputs"));
        card.core.outputs = fields_from(description.at("outputs"));
        card.core.input_bits = bits_of(card.core.inputs);
        card.core.output_bits = bits_of(card.core.outputs);
        card.core.latency = description.at("core_latency");
        card.core.clock_ns = description.at("clock_ns");
        card.kernel = {description.at("kernel"), layout_of(card.core.inputs), layout_of(card.core.outputs),
                       card.core.clock_ns, card.core.latency,
                       // Bundles of before there was a choice have no word on it.
                       control_from(description.value("control", to_string(Control::ap_ctrl_hs))),
                       description.value("checksums", false)};
        if (card.kernel.input.bytes != description.at("input_event_bytes") ||
            card.kernel.output.bytes != description.at("output_event_bytes")) {
            throw support::user_error("the event sizes do not follow from the types", where, "build the bundle again");
        }
        return card;
    } catch (const json::exception& error) {
        throw support::user_error(std::string("the card description cannot be read: ") + error.what(), where,
                                  "build the bundle again");
    }
}

CardDescription read_card(const std::filesystem::path& bundle) {
    const std::filesystem::path file = bundle / card_description;
    return card_from_json(support::read_file(file), file.string());
}

} // namespace gw::shell
