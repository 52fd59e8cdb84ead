#pragma once

#include <string>
#include <utility>
#include <vector>

#include <opencv2/core.hpp>

#include "infer/parse/parser.h"

namespace closet::test {

/// A parser that is sure of its labels on the middle half of each region, or nowhere.
class FakeParser : public PersonParser {
  public:
    FakeParser(std::string name, std::vector<Label> labels, int sure = 255)
        : name_(std::move(name)), labels_(std::move(labels)), sure_(sure) {}

    std::string name() const override { return name_; }
    std::vector<PersonLabels> look(std::span<const ParseInput> inputs) override {
        ++calls;
        std::vector<PersonLabels> all;
        for (const ParseInput& input : inputs) {
            regions.push_back(input.region);
            PersonLabels& found = all.emplace_back();
            found.labels_from_shown = labels_from_picture(input.region);
            for (const Label label : labels_) {
                cv::Mat plane(kLabelPoints, kLabelPoints, CV_8UC1, cv::Scalar(0));
                plane(cv::Rect(kLabelPoints / 4, kLabelPoints / 4, kLabelPoints / 2,
                               kLabelPoints / 2)) = sure_;
                found.of(label) = plane;
            }
        }
        return all;
    }

    int calls = 0;
    std::vector<cv::Rect> regions;

  private:
    std::string name_;
    std::vector<Label> labels_;
    int sure_;
};

}  // namespace closet::test
