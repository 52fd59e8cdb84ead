// How alike faces are, and what finding and comparing them costs.
//
//   measure_faces FACE_MODEL FOLDER   a folder for each person with pictures of that person alone
//
// Prints the similarity of every pair of pictures of one person and of different people, each
// picture also changed as cameras change them, for the people of either half (every second folder):
// a threshold is chosen on the first half (kMargin above the most alike faces of different people)
// and judged on the second. Then milliseconds of processor time at one thread.
// The models folder must hold MTCNN (closet models fetch faces).

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "infer/faces/face_reader.h"

namespace fs = std::filesystem;
using namespace closet;

namespace {

constexpr float kMargin = 0.03F;

/// Milliseconds of processor time, the median of some calls: others may be busy on this machine.
double cpu_ms(int rounds, const std::function<void()>& work) {
    std::vector<double> samples;
    for (int i = -2; i < rounds; ++i) {
        const std::clock_t begin = std::clock();
        work();
        if (i >= 0) {
            samples.push_back(1e3 * static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC);
        }
    }
    std::nth_element(samples.begin(), samples.begin() + rounds / 2, samples.end());
    return samples[static_cast<std::size_t>(rounds / 2)];
}

struct Sample {
    std::string name;
    bool changed = false;  ///< made from another picture
    Embedding embedding;
};

std::vector<std::pair<std::string, cv::Mat>> changes_of(const cv::Mat& rgb, float face_width) {
    std::vector<std::pair<std::string, cv::Mat>> all;
    cv::Mat changed;
    cv::flip(rgb, changed, 1);
    all.emplace_back("flipped", changed.clone());
    cv::GaussianBlur(rgb, changed, {}, 0.02 * face_width);
    all.emplace_back("blurred", changed.clone());
    rgb.convertTo(changed, -1, 0.6, 0);
    all.emplace_back("darker", changed.clone());
    cv::resize(rgb, changed, {}, 32.0 / face_width, 32.0 / face_width, cv::INTER_AREA);
    all.emplace_back("32 px wide", changed.clone());
    return all;
}

void print_range(const char* what, std::vector<float> values) {
    if (values.empty()) {
        std::printf("%s: none\n", what);
        return;
    }
    std::sort(values.begin(), values.end());
    const auto at = [&](double share) {
        return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
    };
    std::printf(
        "%s: %zu pairs, least %.3f, 1 %% %.3f, 5 %% %.3f, median %.3f, 95 %% %.3f, 99 %% %.3f, "
        "most %.3f\n",
        what, values.size(), at(0), at(0.01), at(0.05), at(0.5), at(0.95), at(0.99), at(1));
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fprintf(stderr, "usage: measure_faces FACE_MODEL FOLDER\n");
        return 2;
    }
    WorkerPool workers(0);
    InferOptions options;
    options.device = "cpu";
    options.face_model = argv[1];
    const FaceReader reader(options, workers);
    std::map<std::string, std::vector<Sample>> people;
    cv::Mat some;
    for (const auto& folder : fs::directory_iterator(argv[2])) {
        for (const auto& file : fs::directory_iterator(folder.path())) {
            cv::Mat rgb;
            cv::cvtColor(cv::imread(file.path().string()), rgb, cv::COLOR_BGR2RGB);
            const auto seen = reader.read_all(rgb);
            if (seen.size() != 1) {
                std::printf("%s: %zu faces, left out\n", file.path().c_str(), seen.size());
                continue;
            }
            auto& samples = people[folder.path().filename()];
            samples.push_back({file.path().filename(), false, seen[0].embedding});
            for (const auto& [name, changed] : changes_of(rgb, seen[0].face.box.width)) {
                const auto again = reader.read_all(changed);
                if (again.size() == 1) {
                    samples.push_back({samples.back().name + " " + name, true, again[0].embedding});
                } else {
                    std::printf("%s %s: %zu faces\n", file.path().c_str(), name.c_str(),
                                again.size());
                }
            }
            some = rgb;
        }
    }
    std::vector<float> same[2], same_unchanged[2], others[2];
    std::size_t index = 0;
    for (auto a = people.begin(); a != people.end(); ++a, ++index) {
        const std::size_t half = index % 2;
        for (std::size_t i = 0; i < a->second.size(); ++i) {
            for (std::size_t k = 0; k < i; ++k) {
                const float alike = similarity(a->second[i].embedding, a->second[k].embedding);
                same[half].push_back(alike);
                if (!a->second[i].changed && !a->second[k].changed) {
                    same_unchanged[half].push_back(alike);
                }
            }
        }
        std::size_t other_index = 0;
        for (auto b = people.begin(); b != a; ++b, ++other_index) {
            if (other_index % 2 != half) {
                continue;
            }
            for (const Sample& x : a->second) {
                for (const Sample& y : b->second) {
                    others[half].push_back(similarity(x.embedding, y.embedding));
                }
            }
        }
    }
    for (const std::size_t half : {0, 1}) {
        std::printf("half %zu\n", half + 1);
        print_range("  one person, all", same[half]);
        print_range("  one person, different photographs", same_unchanged[half]);
        print_range("  different people", others[half]);
    }
    if (same[0].empty() || others[0].empty()) {
        return 1;
    }
    const float threshold = *std::max_element(others[0].begin(), others[0].end()) + kMargin;
    for (const float at : {threshold, reader.embedder().threshold()}) {
        for (const std::size_t half : {0, 1}) {
            const auto share = [&](const std::vector<float>& values, bool above) {
                return 100.0 *
                       static_cast<double>(
                           std::count_if(values.begin(), values.end(),
                                         [&](float v) { return (v >= at) == above; })) /
                       static_cast<double>(values.size());
            };
            std::printf(
                "threshold %.3f, half %zu: one person taken for two %.2f %%, two for one %.2f %%\n",
                at, half + 1, share(same[half], false), share(others[half], true));
        }
    }
    const auto faces = reader.read_all(some);
    const FaceInPicture one{&some, faces.front().face};
    std::printf("embedding: %.2f ms a face\n", cpu_ms(20, [&] {
                    (void)reader.embedder().embed({&one, 1});
                }));
    const Box& box = one.face.box;
    const double side = 2.2 * box.height;
    const HeadPlace head{
        &some, {box.x + box.width / 2 - side / 2, box.y + box.height / 2 - side / 2, side, side}};
    std::printf("a look at a head (found and embedded): %.2f ms\n", cpu_ms(20, [&] {
                    (void)reader.read({&head, 1});
                }));
    std::printf("all faces of a picture of %d x %d: %.1f ms\n", some.cols, some.rows,
                cpu_ms(5, [&] { (void)reader.read_all(some); }));
    return 0;
}
