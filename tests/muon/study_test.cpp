// The study on estimators whose resolution is known because we make it.
#include <cmath>
#include <gtest/gtest.h>

#include "muon/study.hpp"
#include "support/error.hpp"
#include "support/rng.hpp"

namespace gw::muon {
namespace {

double gaussian(support::Random& random) {
    double sum = -6;
    for (int i = 0; i < 12; ++i) {
        sum += random.uniform();
    }
    return sum;
}

Estimator smeared(const std::string& name, const EventFile& file, double scale, double sigma, std::uint64_t seed) {
    support::Random random(seed);
    Estimator estimator{name, {}};
    for (const Event& event : file.events) {
        estimator.pt.push_back(scale * event.muon.pt / std::max(0.05, 1 + sigma * gaussian(random)));
    }
    return estimator;
}

const EventFile& sample() {
    static const EventFile file{Spectrum::flat_in_log, simulate({.events = 120'000, .seed = 51})};
    return file;
}

TEST(Study, FindsWidthsWhateverTheScale) {
    const Study result = study(sample(), {smeared("a", sample(), 1, 0.10, 1), smeared("b", sample(), 1.7, 0.15, 2)});
    ASSERT_EQ(result.results.size(), 2U);
    // Half of the 16-84 % range is 0.9945 sigma.
    for (const auto& [index, sigma] : {std::pair{0, 0.10}, std::pair{1, 0.15}}) {
        const EstimatorResult& one = result.results[static_cast<std::size_t>(index)];
        EXPECT_NEAR(one.width.value, 0.9945 * sigma, 4 * one.width.error + 0.0005);
        EXPECT_GT(one.width.error, 0.0001);
        EXPECT_LT(one.width.error, 0.003);
        for (const Binned& bin : one.widths) {
            EXPECT_NEAR(bin.measured.value, 0.9945 * sigma, 4.5 * bin.measured.error + 0.001) << bin.low;
        }
        EXPECT_NEAR(one.medians[3].measured.value, index == 0 ? 1 : 1.7, 0.02);
    }
    EXPECT_EQ(result.results[0].width_ratio_to_reference.value, 1);
    EXPECT_EQ(result.results[0].width_ratio_to_reference.error, 0);
}

TEST(Study, CutKeepsTheEfficiencyAskedFor) {
    const Study result = study(sample(), {smeared("a", sample(), 1.3, 0.12, 3)});
    double at_threshold = 0, bins = 0;
    for (const Binned& bin : result.results[0].turn_on) {
        if (bin.low >= 21 && bin.high <= 23) {
            at_threshold += bin.measured.value;
            ++bins;
        }
        if (bin.low >= 40) {
            EXPECT_GT(bin.measured.value, 0.999);
        }
        if (bin.high <= 10) {
            EXPECT_LT(bin.measured.value, 0.001);
        }
    }
    EXPECT_EQ(bins, 2);
    EXPECT_NEAR(at_threshold / bins, 0.9, 0.01);
}

TEST(Study, PerfectEstimatorHasTheRateOfItsCut) {
    const Study result = study(sample(), {smeared("perfect", sample(), 1, 0, 4), smeared("wide", sample(), 1, 0.2, 5)});
    const EstimatorResult& perfect = result.results[0];
    // 90 % of 21 to 23 GeV, flat in log pT, lie above 21 (23 / 21)^0.1.
    EXPECT_NEAR(perfect.cut, 21 * std::pow(23.0 / 21.0, 0.1), 0.05);
    double above = 0, all = 0;
    for (const Event& event : sample().events) {
        if (station_count(event.primitives) >= 2) {
            const double weight = std::pow(event.muon.pt, -3); // pT^-4 over the sample's pT^-1
            all += weight;
            above += event.muon.pt >= perfect.cut ? weight : 0;
        }
    }
    EXPECT_NEAR(perfect.rates[0].per_thousand.value, 1000 * above / all, 1e-6 * 1000 * above / all);
    EXPECT_GT(result.results[1].rates[0].ratio_to_reference.value, 1.1);
    EXPECT_GT(result.results[1].rates[1].ratio_to_reference.value, result.results[1].rates[0].ratio_to_reference.value);
}

TEST(Study, ErrorsAreThoseOfRepeatedSamples) {
    std::vector<double> widths, rates;
    double width_error = 0, rate_error = 0;
    constexpr int samples = 12;
    for (std::uint64_t i = 0; i < samples; ++i) {
        const EventFile file{Spectrum::flat_in_log, simulate({.events = 15'000, .seed = 600 + i})};
        const EstimatorResult one = study(file, {smeared("a", file, 1, 0.15, 70 + i)}).results[0];
        widths.push_back(one.width.value);
        rates.push_back(one.rates[0].per_thousand.value);
        width_error += one.width.error / samples;
        rate_error += one.rates[0].per_thousand.error / samples;
    }
    EXPECT_NEAR(spread(widths) / width_error, 1, 0.6); // spread of 12 is known to 21 %
    EXPECT_NEAR(spread(rates) / rate_error, 1, 0.6);
}

TEST(Study, RefusesWhatDoesNotFit) {
    EXPECT_THROW(study(sample(), {Estimator{"short", {1, 2, 3}}}), support::Error);
    EXPECT_THROW(study({Spectrum::flat, std::vector<Event>(5)}, {Estimator{"none", std::vector<double>(5, 1)}}),
                 support::Error);
}

TEST(Study, JsonHasACurveForEveryEstimator) {
    const auto json = to_json(study(sample(), {smeared("a", sample(), 1, 0.1, 1), smeared("b", sample(), 1, 0.1, 2)}));
    ASSERT_EQ(json.at("estimators").size(), 2U);
    for (const auto& one : json.at("estimators")) {
        EXPECT_FALSE(one.at("turn_on").empty());
        EXPECT_FALSE(one.at("widths").empty());
        EXPECT_TRUE(one.at("width").at("error").get<double>() > 0);
    }
}

} // namespace
} // namespace gw::muon
