#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace closet {

/// NVIDIA's management library (libnvidia-ml.so.1, a part of the driver), loaded when it is first
/// asked for, so that closet needs neither it nor its header to be built or to run.
class Nvml {
  public:
    /// What a card says of itself at one moment; 0 where it does not tell.
    struct Reading {
        double utilisation_percent = 0;  ///< time in which a kernel ran, over the last 1/6 to 1 s
        double power_w = 0, temperature_c = 0;
        double clock_mhz = 0;           ///< of the multiprocessors
        std::int64_t memory_bytes = 0;  ///< in use on the card, by all processes
    };

    class Card {
      public:
        Reading read() const;
        std::string name() const;  ///< "NVIDIA GeForce MX450"; empty where it does not tell

      private:
        friend class Nvml;
        explicit Card(void* handle) : handle_(handle) {}
        void* handle_;
    };

    /// The card at a PCI address as CUDA writes it ("0000:65:00.0"); nothing where the library or
    /// the card is not there.
    static std::optional<Card> card(const std::string& pci_bus_id);
};

}  // namespace closet
