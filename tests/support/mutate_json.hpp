// Small changes to a JSON document that leave it JSON: what a reader of Keras configurations must stand.
#pragma once

#include <limits>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "support/rng.hpp"

namespace gw::test {

class JsonMutator {
  public:
    using Json = nlohmann::json;

    explicit JsonMutator(support::Random& random) : random_(random) {}

    void mutate(Json& document) {
        for (std::uint64_t changes = 1 + random_.below(3); changes > 0; --changes) {
            nodes_.clear();
            collect(document);
            change(*any_node());
        }
    }

  private:
    void collect(Json& node) {
        nodes_.push_back(&node);
        if (node.is_structured())
            for (Json& child : node)
                collect(child);
    }
    Json* any_node() { return nodes_[random_.below(nodes_.size())]; }

    Json awkward() {
        static const std::vector<Json> values{nullptr,
                                              true,
                                              false,
                                              -1,
                                              0,
                                              1,
                                              2,
                                              3,
                                              7,
                                              4294967296,
                                              std::numeric_limits<std::int64_t>::min(),
                                              std::numeric_limits<std::uint64_t>::max(),
                                              0.5,
                                              -0.5,
                                              1e308,
                                              -1e308,
                                              5e-324,
                                              "",
                                              "x",
                                              "valid",
                                              "same",
                                              "causal",
                                              "channels_first",
                                              "relu",
                                              "NaN",
                                              Json::array(),
                                              Json::object(),
                                              Json::array({1, 2}),
                                              Json::array({Json::array()}),
                                              Json::array({0}),
                                              Json::array({nullptr, 3})};
        return values[random_.below(values.size())];
    }

    void change(Json& node) {
        switch (random_.below(6)) {
        case 0:
            node = Json(*any_node()); // from elsewhere
            return;
        case 1:
            return remove_from(node);
        case 2:
            return repeat_in(node);
        case 3:
            return nudge(node);
        default:
            node = awkward();
        }
    }
    void remove_from(Json& node) {
        if (!node.is_structured() || node.empty())
            return nudge(node);
        auto at = node.begin();
        std::advance(at, static_cast<std::ptrdiff_t>(random_.below(node.size())));
        node.erase(at);
    }
    void repeat_in(Json& node) {
        if (!node.is_array() || node.size() > 64)
            return nudge(node);
        node.push_back(node.empty() || random_.below(3) == 0 ? awkward() : Json(node[random_.below(node.size())]));
    }
    void nudge(Json& node) {
        if (node.is_number_integer()) {
            const auto value = node.get<std::int64_t>();
            node = random_.below(2) == 0 ? value / 2 : value ^ static_cast<std::int64_t>(1ULL << random_.below(12));
        } else if (node.is_number()) {
            node = -node.get<double>() * (random_.below(2) == 0 ? 1 : 1e6);
        } else if (node.is_boolean()) {
            node = !node.get<bool>();
        } else if (node.is_string()) {
            std::string text = node.get<std::string>();
            if (!text.empty())
                text[random_.below(text.size())] = static_cast<char>(' ' + random_.below(95));
            node = text;
        } else {
            node = awkward();
        }
    }

    support::Random& random_;
    std::vector<Json*> nodes_;
};

} // namespace gw::test
