// Random graphs of every op: several inputs and outputs, ranks 0 to 3, tensors read more than once.
#pragma once

#include <functional>
#include <map>

#include "network/verify.hpp"
#include "support/random_functions.hpp"
#include "support/random_sums.hpp"

namespace gw::test {

/// Draws one graph from one stream of random numbers.
class GraphGenerator {
  public:
    GraphGenerator(support::Random& random, const RandomNetworkOptions& options)
        : options_(options), grow_(random, options) {}

    network::Network draw() {
        grow_.add_input(grow_.any_shape(1 + grow_.below(3)));
        const std::size_t ops = grow_.draw.extent(9);
        for (int tries = 0; tries < 60 && grow_.ops() < ops; ++tries)
            add(options_.kinds[grow_.below(options_.kinds.size())]);
        network::Network network = grow_.finished();
        network::require_sound(network, "random network");
        return network;
    }

  private:
    void add(const std::string& kind) {
        using Add = void (*)(GrowingNetwork&);
        static const std::map<std::string, Add> plain{{"conv", add_conv},
                                                      {"pool", add_pool},
                                                      {"reduce", add_reduce},
                                                      {"affine", add_affine},
                                                      {"divide", add_divide},
                                                      {"relu", add_relu},
                                                      {"select", add_select},
                                                      {"table", add_table},
                                                      {"steps", add_steps},
                                                      {"merge", add_merge},
                                                      {"matmul", add_matmul},
                                                      {"embedding", add_embedding},
                                                      {"requantise", add_requantise}};
        if (kind == "dense")
            add_dense(grow_, options_.most_units);
        else if (kind == "rearrange")
            grow_.add_rearrange(several(), grow_.any_shape(grow_.below(4)));
        else
            plain.at(kind)(grow_);
    }
    std::vector<network::TensorId> several() {
        std::vector<network::TensorId> ids{grow_.any()};
        while (ids.size() < 3 && grow_.draw.chance(2))
            ids.push_back(grow_.any());
        return ids;
    }

    const RandomNetworkOptions& options_;
    GrowingNetwork grow_;
};

} // namespace gw::test
