// The pT assignment of the barrel track finder that CMS ran in 2016-2018, by its own tables: a second baseline.
//
// Algorithm after L1MuBMAssignmentUnit.cc of CMSSW; the tables are CMS's and are read at run time, not part of the
// project.
#pragma once

#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "muon/event.hpp"

namespace gw::muon {

class BmtfTables {
  public:
    /// Reads the nineteen tables pta*.lut, ptb*.lut. Throws support::Error (kind user) naming the file that is absent
    /// or broken.
    static BmtfTables read(const std::filesystem::path& directory);

    /// The Level-1 pT in GeV, 0.5 GeV a step, at most 140; its scale is that of 90 % efficiency at threshold (about 1.2
    /// times the muon's pT). Nothing with fewer than two primitives.
    std::optional<double> pt(const Primitives& primitives) const;

  private:
    struct Table {
        int lowest = 0; ///< address of the first entry
        int header = 0; ///< the number on the first line: for pta, the bound on |phiB| between the h and the l table
        std::vector<int> codes;
        int at(int address) const;
    };
    static Table read_table(const std::filesystem::path& file);

    std::map<std::string, Table> tables_;
};

} // namespace gw::muon
