#include "bundle/manifest.hpp"

#include <iostream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "bundle/build.hpp"
#include "support/expect_error.hpp"
#include "support/rng.hpp"

namespace gw::bundle {
namespace {

using support::ErrorKind;

Manifest sample() {
    Manifest manifest;
    manifest.name = "muon \"pT\"";
    manifest.producer = "gatewright test";
    manifest.numerics = "hls4ml";
    manifest.plan.clock_ns = 2.5;
    manifest.plan.stages = 7;
    manifest.core = {"muon",
                     {{"x[0]", fixed::ap_fixed(12, 4), 0}, {"x[1]", fixed::ap_ufixed(3, 3), 12}},
                     {{"y[0]", fixed::ap_fixed(9, 2, fixed::Rounding::rnd, fixed::Overflow::sat), 0}},
                     15,
                     9,
                     7,
                     2.5};
    manifest.files["rtl/muon.v"] = entry_of("module muon; endmodule\n");
    manifest.files["network.json"] = entry_of("");
    return manifest;
}

TEST(Manifest, IsReadBackAsWritten) {
    const std::string text = to_json(sample());
    const Manifest back = manifest_from_json(text, "manifest.json");
    EXPECT_EQ(to_json(back), text);
    EXPECT_EQ(back.core.inputs.at(1).type, fixed::ap_ufixed(3, 3));
    EXPECT_EQ(back.plan.stages, 7U);
    EXPECT_EQ(back.files, sample().files);
}

TEST(Manifest, ChecksumIsFnv1a) {
    EXPECT_EQ(entry_of("").checksum, 0xcbf29ce484222325ULL); // published test vectors of FNV-1a, 64 bit
    EXPECT_EQ(entry_of("a").checksum, 0xaf63dc4c8601ec8cULL);
    EXPECT_EQ(entry_of("foobar").checksum, 0x85944171f73967e8ULL);
}

TEST(Manifest, EveryMissingOrUnknownKeyIsNamed) {
    const auto whole = nlohmann::ordered_json::parse(to_json(sample()));
    int keys = 0;
    const auto expect_named = [&](const nlohmann::ordered_json& json, const std::string& key) {
        EXPECT_ERROR(manifest_from_json(json.dump(), "m.json"), ErrorKind::user, key);
        ++keys;
    };
    for (const std::string object : {"", "/plan", "/core", "/plan/delays", "/core/inputs/0"}) {
        const nlohmann::ordered_json::json_pointer at(object);
        const bool plan = object.starts_with("/plan"); // a plan's keys have defaults (plan/file.hpp)
        for (const auto& [key, value] : whole.at(at).items()) {
            if (plan)
                break;
            nlohmann::ordered_json less = whole;
            less.at(at).erase(key);
            expect_named(less, key);
        }
        nlohmann::ordered_json more = whole;
        more.at(at)["surprise"] = 1;
        expect_named(more, "surprise");
    }
    EXPECT_GT(keys, 20);
    EXPECT_ERROR(manifest_from_json("{", "m.json"), ErrorKind::user, "not valid JSON");
    EXPECT_ERROR(manifest_from_json("[]", "m.json"), ErrorKind::user, "is no object");
}

TEST(Manifest, DamagedTextIsReadOrRefused) {
    constexpr std::uint64_t seed = 99;
    support::Random random(seed);
    const std::string good = to_json(sample());
    int refused = 0;
    constexpr int rounds = 5000;
    for (int i = 0; i < rounds; ++i) {
        std::string text = good;
        for (std::uint64_t change = 0; change <= random.below(3); ++change)
            text[random.below(text.size())] = static_cast<char>(random.next());
        try {
            manifest_from_json(text, "m.json");
        } catch (const support::Error& error) {
            EXPECT_NE(error.kind(), ErrorKind::internal) << error.what();
            ++refused;
        }
    }
    std::cout << "seed " << seed << ": " << rounds << " damaged manifests, " << refused << " refused\n";
}

TEST(Identifier, IsAlwaysOneForVerilogAndC) {
    EXPECT_EQ(identifier_of("muon_pt"), "muon_pt");
    EXPECT_EQ(identifier_of("main graph/2"), "main_graph_2");
    EXPECT_EQ(identifier_of("3layers"), "l3layers");
    EXPECT_EQ(identifier_of("module"), "module_network");
    EXPECT_EQ(identifier_of("real"), "real_network");
    EXPECT_EQ(identifier_of("float"), "float_network");
    EXPECT_EQ(identifier_of("std"), "std_network");
    EXPECT_EQ(identifier_of("size_t"), "size_t_network");
    EXPECT_EQ(identifier_of("_x"), "l_x");
    EXPECT_EQ(identifier_of(""), "network");
}

} // namespace
} // namespace gw::bundle
