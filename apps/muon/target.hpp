// What the network is trained to give, and the way back to pT.
//
// y = log2(pT / GeV) / 8: between 0.2 and 0.96 for 3 to 200 GeV. Equal steps of y are equal relative steps of pT, so
// the loss weighs a muon of 10 GeV, which sets the trigger's rate, as one of 100. pT = 2^(8 y) is monotonic: the
// trigger may cut on y.
#pragma once

namespace gw::muon {

inline constexpr double octaves = 8;

double target_of_pt(double pt);
double pt_from_output(double y);

/// Weight of a muon in training, for a sample generated flat in log pT: as pT^-1/4, about 1 on average. More weight at
/// low pT lowers the rate of a falling spectrum; less narrows the width at high pT.
double training_weight(double pt);

} // namespace gw::muon
