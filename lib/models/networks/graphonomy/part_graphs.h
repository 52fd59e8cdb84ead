#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

namespace closet {

// Which body parts touch, and how much those of one data set mean those of the other: networks/
// graph.py (Gaoyiminggithub/Graphonomy @ 09e5dd4, MIT).

using PartEdge = std::pair<std::size_t, std::size_t>;

inline constexpr std::size_t kCihpParts = 20;   ///< kGraphonomyClasses
inline constexpr std::size_t kPascalParts = 7;  ///< background, head, torso, arms, legs (coarse)

inline constexpr std::array<PartEdge, 48> kCihpEdges{{
    {1, 2},   {1, 13},  {2, 13},  {3, 14},  {3, 15},  {4, 13},  {5, 6},   {5, 7},
    {5, 9},   {5, 10},  {5, 11},  {5, 12},  {5, 14},  {5, 15},  {6, 7},   {6, 10},
    {6, 11},  {6, 14},  {6, 15},  {6, 16},  {6, 17},  {7, 9},   {7, 10},  {7, 11},
    {7, 12},  {7, 14},  {7, 15},  {8, 16},  {8, 17},  {8, 18},  {8, 19},  {9, 10},
    {9, 16},  {9, 17},  {9, 18},  {9, 19},  {10, 11}, {10, 12}, {10, 13}, {10, 14},
    {10, 15}, {10, 16}, {10, 17}, {11, 13}, {12, 16}, {12, 17}, {16, 18}, {17, 19},
}};

inline constexpr std::array<PartEdge, 12> kPascalEdges{{
    {0, 0},
    {1, 1},
    {2, 2},
    {3, 3},
    {4, 4},
    {5, 5},
    {6, 6},
    {1, 2},
    {2, 3},
    {2, 5},
    {3, 4},
    {5, 6},
}};

/// How alike the names of CIHP's parts (rows) and of Pascal's are: cosines of word vectors.
inline constexpr std::array<std::array<float, kPascalParts>, kCihpParts> kPartLikeness{{
    {1.0F, 0.396158785F, 0.163731664F, 0.326872319F, 0.340693682F, 0.28477487F, 0.301137805F},
    {0.353330523F, 0.462015301F, 0.216633394F, 0.384824604F, 0.348172933F, 0.351395637F,
     0.317759782F},
    {0.327271938F, 0.523214698F, 0.305387199F, 0.376934618F, 0.375259966F, 0.427423507F,
     0.429226458F},
    {0.174180835F, 0.308261126F, 0.283776134F, 0.41610834F, 0.364970684F, 0.416643202F,
     0.368962556F},
    {0.187575847F, 0.256695271F, 0.137243494F, 0.204157487F, 0.178416163F, 0.200046763F,
     0.175975561F},
    {0.406085223F, 0.547477722F, 0.444880813F, 0.767490804F, 0.697462082F, 0.785668314F,
     0.722146571F},
    {0.375039816F, 0.367052287F, 0.294799954F, 0.351398528F, 0.317314625F, 0.422374874F,
     0.391628027F},
    {0.354484618F, 0.39019829F, 0.310925961F, 0.378741086F, 0.346289515F, 0.410485476F,
     0.38137871F},
    {0.225985557F, 0.275194734F, 0.227039531F, 0.284117371F, 0.251672775F, 0.379338115F,
     0.349802971F},
    {0.238935784F, 0.343332499F, 0.339835763F, 0.351554215F, 0.320723802F, 0.465425164F,
     0.438184202F},
    {0.330642611F, 0.527285099F, 0.757788181F, 0.587926209F, 0.567112863F, 0.624447584F,
     0.608791769F},
    {0.289234042F, 0.327713341F, 0.261981785F, 0.311417192F, 0.248947755F, 0.327449292F,
     0.267625451F},
    {0.279865742F, 0.348193258F, 0.370693922F, 0.405851096F, 0.370004535F, 0.494660079F,
     0.462711602F},
    {0.421155304F, 0.638829529F, 0.351848662F, 0.5118922F, 0.526008606F, 0.493146569F,
     0.511504769F},
    {0.369157791F, 0.68042922F, 0.498775125F, 0.820427358F, 0.82483995F, 0.712442338F,
     0.723181069F},
    {0.413777471F, 0.69368577F, 0.499794364F, 0.834241271F, 0.849662721F, 0.714970052F,
     0.736783981F},
    {0.324857712F, 0.633957922F, 0.518532753F, 0.707321882F, 0.703399122F, 0.823478699F,
     0.826203883F},
    {0.37248221F, 0.653443396F, 0.525175393F, 0.727524996F, 0.734493792F, 0.835665882F,
     0.84942168F},
    {0.368656397F, 0.595387816F, 0.325177401F, 0.603273273F, 0.566496074F, 0.625971377F,
     0.594381094F},
    {0.41500333F, 0.607137501F, 0.323773086F, 0.614313364F, 0.58888793F, 0.626268148F,
     0.606076002F},
}};

/// The edges as the matrix that a graph convolution multiplies by: D^-1/2 (M + I) D^-1/2, M the
/// edges in both directions, D the sums of the rows of M + I. Row-major, parts x parts.
template <std::size_t N>
std::vector<float> normalized_adjacency(const std::array<PartEdge, N>& edges, std::size_t parts) {
    std::vector<double> sum(parts * parts, 0.0);
    for (std::size_t i = 0; i < parts; ++i) {
        sum[i * parts + i] = 1;
    }
    for (const auto& [a, b] : edges) {
        sum[a * parts + b] += 1;
        if (a != b) {
            sum[b * parts + a] += 1;
        }
    }
    std::vector<double> scale(parts, 0.0);
    for (std::size_t i = 0; i < sum.size(); ++i) {
        scale[i / parts] += sum[i];
    }
    for (double& degree : scale) {
        degree = 1 / std::sqrt(degree);
    }
    std::vector<float> result(sum.size());
    for (std::size_t i = 0; i < sum.size(); ++i) {
        result[i] = static_cast<float>(sum[i] * scale[i / parts] * scale[i % parts]);
    }
    return result;
}

}  // namespace closet
