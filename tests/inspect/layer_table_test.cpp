// docs/layers.md is what the program prints, and what it prints is what the numerics answer.
#include <algorithm>

#include <gtest/gtest.h>

#include "inspect/layer_table.hpp"
#include "support/atomic_file.hpp"

namespace gw::inspect {
namespace {

TEST(LayerTable, IsTheDocument) {
    EXPECT_EQ(support::read_file(GW_SOURCE_DIR "/docs/layers.md"), as_markdown(layer_tables()))
        << "gatewright layers --markdown >docs/layers.md";
}

TEST(LayerTable, ExactNumericsTakeWhateverIsRead) {
    for (const LayerTable& table : layer_tables())
        for (const ReadLayer& row : table.read)
            EXPECT_EQ(row.exact, "yes") << table.title << ", " << row.name;
}

/// Some of each state, known from hls4ml itself.
TEST(LayerTable, Hls4mlNumericsSayWhatTheyRefuse) {
    const LayerTable keras = layer_tables().front();
    const auto hls4ml = [&](const std::string& name) {
        const auto row = std::find_if(keras.read.begin(), keras.read.end(),
                                      [&](const ReadLayer& each) { return each.name == name; });
        return row == keras.read.end() ? "not read" : row->hls4ml;
    };
    for (const char* name : {"Dense", "Conv2D", "LSTM", "GRU", "MaxPooling1D", "Softmax", "Add", "ReLU", "Bidirectional",
                             "LayerNormalization", "EinsumDense"})
        EXPECT_EQ(hls4ml(name), "yes") << name;
    for (const char* name : {"SimpleRNN", "Conv2DTranspose", "MultiHeadAttention", "RMSNormalization"}) {
        EXPECT_NE(hls4ml(name), "yes") << name;
        EXPECT_NE(hls4ml(name), "not read") << name;
    }
}

TEST(LayerTable, NothingIsBothReadAndRefused) {
    for (const LayerTable& table : layer_tables())
        for (const RefusedLayer& row : table.refused)
            for (const ReadLayer& each : table.read)
                EXPECT_NE(each.name, row.name) << table.title;
}

} // namespace
} // namespace gw::inspect
