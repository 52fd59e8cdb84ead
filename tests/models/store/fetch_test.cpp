#include "models/store/fetch.h"

#include <doctest/doctest.h>

#include <atomic>
#include <filesystem>
#include <string>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

#include "core/error.h"
#include "models/store/file_lock.h"
#include "models/store/store_fixture.h"
#include "support/environment.h"
#include "support/full_disk.h"
#include "support/http_server.h"

using namespace closet;
namespace fs = std::filesystem;
using test::HttpConnection;
using test::HttpRequest;
using test::HttpServer;
using test::Variable;

namespace {

/// A store whose tiny model lies on a server of one's own; no proxy of the machine is in between.
struct FetchFixture : test::StoreFixture {
    explicit FetchFixture(HttpServer::Answer answer) : server(std::move(answer)) {
        entries[0].url = server.url("/tiny.tflite");
    }
    FetchEnd fetch(const FetchOptions& options = {}) {
        return fetch_model(store(), "tiny", options);
    }
    /// Checks that fetching fails with these words, with the remedy, and leaves `files`.
    void refused(const std::string& words, const std::string& left = "") {
        CAPTURE(words);
        CHECK_THROWS_WITH_AS(fetch(), doctest::Contains(words.c_str()), ModelError);
        CHECK_THROWS_WITH_AS(
            fetch(), doctest::Contains(("get " + entries[0].url + " (sha256 ba7816bf").c_str()),
            ModelError);
        CHECK(files() == left);
    }

    Variable proxy{"no_proxy", "*"};
    Variable mirror{"CLOSET_MODELS_MIRROR", std::nullopt};
    Variable offline{"CLOSET_OFFLINE", std::nullopt};
    HttpServer server;
};

HttpServer::Answer serving(const std::string& file) {
    return [file](const HttpRequest& request, HttpConnection& connection) {
        connection.serve(file, request);
    };
}

HttpServer::Answer answering(const std::string& status, const std::string& body,
                             const std::string& headers = "") {
    return [=](const HttpRequest&, HttpConnection& connection) {
        connection.answer(status, body, headers);
    };
}

}  // namespace

TEST_SUITE("fetch") {
    TEST_CASE("a model is fetched once and is then there") {
        FetchFixture fixture(serving("abc"));
        std::uint64_t last = 0, total = 0;
        FetchOptions options;
        options.progress = [&](std::uint64_t done, std::uint64_t all) {
            last = done;
            total = all;
            return true;
        };
        CHECK(fixture.fetch(options) == FetchEnd::kFetched);
        CHECK(last == 3);
        CHECK(total == 3);
        CHECK(fixture.files() == "tiny.tflite");
        CHECK(fixture.store().find("tiny") == fixture.folder / "tiny.tflite");
        CHECK(fixture.fetch() == FetchEnd::kPresent);
        CHECK(fixture.server.requests().size() == 1);
    }

    TEST_CASE("a folder that does not exist yet is made") {
        FetchFixture fixture(serving("abc"));
        const ModelStore store(fixture.folder.path() / "new" / "models", fixture.entries);
        CHECK(fetch_model(store, "tiny") == FetchEnd::kFetched);
        CHECK(store.find("tiny") == fixture.folder.path() / "new" / "models" / "tiny.tflite");
    }

    TEST_CASE("a half download is continued where it stopped") {
        FetchFixture fixture(serving("abc"));
        test::write_file(fixture.folder / "tiny.tflite.part", "ab");
        CHECK(fixture.fetch() == FetchEnd::kFetched);
        REQUIRE(fixture.server.requests().size() == 1);
        CHECK(fixture.server.requests()[0].range == "bytes=2-");
        CHECK(fixture.files() == "tiny.tflite");
    }

    TEST_CASE("a server that ignores the range sends everything again") {
        FetchFixture fixture(answering("200 OK", "abc"));
        test::write_file(fixture.folder / "tiny.tflite.part", "ab");
        CHECK(fixture.fetch() == FetchEnd::kFetched);
        CHECK(fixture.server.requests().size() == 1);
        CHECK(fixture.read("tiny.tflite") == "abc");
    }

    TEST_CASE("a half download of another file is started again") {
        FetchFixture fixture(serving("abc"));
        test::write_file(fixture.folder / "tiny.tflite.part", "xy");
        CHECK(fixture.fetch() == FetchEnd::kFetched);
        CHECK(fixture.server.requests().size() == 2);
        CHECK(fixture.read("tiny.tflite") == "abc");
    }

    TEST_CASE("a half download that is longer than the file is started again") {
        FetchFixture fixture(serving("abc"));
        fixture.entries[0].size = 0;
        test::write_file(fixture.folder / "tiny.tflite.part", "abcdefgh");
        CHECK(fixture.fetch() == FetchEnd::kFetched);
        CHECK(fixture.server.requests().size() == 2);
    }

    TEST_CASE("a whole download that only lacks its name needs no network") {
        FetchFixture fixture(serving("abc"));
        test::write_file(fixture.folder / "tiny.tflite.part", "abc");
        CHECK(fixture.fetch() == FetchEnd::kFetched);
        CHECK(fixture.server.requests().empty());
    }

    TEST_CASE("a connection that breaks is taken up again") {
        FetchFixture fixture([](const HttpRequest& request, HttpConnection& connection) {
            if (request.range.empty()) {
                connection.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na");
            } else {
                connection.serve("abc", request);
            }
        });
        CHECK(fixture.fetch() == FetchEnd::kFetched);
        REQUIRE(fixture.server.requests().size() == 2);
        CHECK(fixture.server.requests()[1].range == "bytes=1-");
    }

    TEST_CASE("a connection that breaks again and again leaves its part and is told") {
        FetchFixture fixture([](const HttpRequest&, HttpConnection& connection) {
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na");
        });
        CHECK_THROWS_WITH_AS(fixture.fetch(), doctest::Contains("bytes"), ModelError);
        CHECK(fixture.server.requests().size() == 3);
        CHECK(fixture.read("tiny.tflite.part") == "a");
    }

    TEST_CASE("an answer with another part of the file is refused") {
        FetchFixture fixture(
            answering("206 Partial Content", "c", "Content-Range: bytes 1-2/3\r\n"));
        test::write_file(fixture.folder / "tiny.tflite.part", "ab");
        fixture.refused("another part of the file", "tiny.tflite.part");
    }

    TEST_CASE("status codes are told") {
        FetchFixture(answering("404 Not Found", "sorry")).refused("127.0.0.1:");
        FetchFixture(answering("404 Not Found", "sorry")).refused("HTTP status 404");
        FetchFixture(answering("500 Internal Server Error", "")).refused("HTTP status 500");
        FetchFixture(answering("206 Partial Content", "abc")).refused("HTTP status 206");
        FetchFixture(answering("204 No Content", "")).refused("HTTP status 204");
    }

    TEST_CASE("what is no web server is told") {
        FetchFixture([](const HttpRequest&, HttpConnection& connection) {
            connection.send("SSH-2.0-x\r\n");
        }).refused("cannot fetch the model tiny");
        FetchFixture([](const HttpRequest&, HttpConnection&) {}).refused("Empty reply");
        test::StoreFixture nobody;
        {
            const HttpServer gone(serving("abc"));
            nobody.entries[0].url = gone.url("/tiny.tflite");
        }
        const Variable proxy("no_proxy", "*");
        CHECK_THROWS_WITH_AS(fetch_model(nobody.store(), "tiny"), doctest::Contains("onnect to"),
                             ModelError);
    }

    TEST_CASE("a file of another hash is thrown away and told") {
        FetchFixture(answering("200 OK", "abd")).refused("has 3 bytes and the sha256 a52d159f");
        FetchFixture(answering("200 OK", "")).refused("has 0 bytes and the sha256 e3b0c442");
    }

    TEST_CASE("a length that is not kept is told") {
        // Shorter than promised: broken off. Longer: what is behind the promise is not read.
        FetchFixture less([](const HttpRequest&, HttpConnection& connection) {
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab");
        });
        CHECK_THROWS_WITH_AS(less.fetch(), doctest::Contains("bytes"), ModelError);
        FetchFixture([](const HttpRequest&, HttpConnection& connection) {
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabc");
        }).refused("has 2 bytes");
    }

    TEST_CASE("a file that is larger than allowed is not read to its end") {
        const std::string words = "the file is larger than 3 bytes";
        FetchFixture(answering("200 OK", std::string(1 << 20, 'x'))).refused(words);
        // No length: an endless answer.
        FetchFixture([](const HttpRequest&, HttpConnection& connection) {
            connection.send("HTTP/1.1 200 OK\r\n\r\n" + std::string(1 << 20, 'x'));
        }).refused(words);
    }

    TEST_CASE("redirects are followed but not in circles and not to files") {
        FetchFixture moved([](const HttpRequest& request, HttpConnection& connection) {
            if (request.path == "/tiny.tflite") {
                connection.answer("302 Found", "there", "Location: /there\r\n");
            } else {
                connection.serve("abc", request);
            }
        });
        CHECK(moved.fetch() == FetchEnd::kFetched);
        FetchFixture(answering("302 Found", "", "Location: /tiny.tflite\r\n"))
            .refused("Maximum (10) redirects followed");
        test::TemporaryFolder secret;
        test::write_file(secret / "abc", "abc");
        FetchFixture(answering("302 Found", "", "Location: file://" + secret / "abc" + "\r\n"))
            .refused("Protocol \"file\"");
    }

    TEST_CASE("a server that says nothing more is given up") {
        FetchFixture fixture([](const HttpRequest&, HttpConnection& connection) {
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n");
            connection.wait_for_end();
        });
        FetchOptions options;
        options.stall_timeout = std::chrono::seconds(1);
        options.progress = [](std::uint64_t, std::uint64_t) { return true; };
        CHECK_THROWS_WITH_AS(fixture.fetch(options), doctest::Contains("too slow"), ModelError);
    }

    TEST_CASE("a stop leaves the part for the next call") {
        FetchFixture fixture([](const HttpRequest& request, HttpConnection& connection) {
            if (!request.range.empty()) {
                connection.serve("abc", request);
                return;
            }
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na");
            connection.wait_for_end();
        });
        FetchOptions options;
        options.progress = [](std::uint64_t done, std::uint64_t) { return done == 0; };
        CHECK(fixture.fetch(options) == FetchEnd::kStopped);
        CHECK(fixture.files() == "tiny.tflite.part");
        CHECK(fixture.fetch() == FetchEnd::kFetched);
        CHECK(fixture.server.requests().back().range == "bytes=1-");
    }

    TEST_CASE("mirrors are tried in order and the failing ones named") {
        FetchFixture fixture([](const HttpRequest& request, HttpConnection& connection) {
            if (request.path == "/good") {
                connection.serve("abc", request);
            } else {
                connection.answer("404 Not Found", "");
            }
        });
        fixture.entries[0].mirrors = {fixture.server.url("/bad"), fixture.server.url("/good")};
        CHECK(fixture.fetch() == FetchEnd::kFetched);
        REQUIRE(fixture.server.requests().size() == 3);
        CHECK(fixture.server.requests()[0].path == "/tiny.tflite");
        CHECK(fixture.server.requests()[1].path == "/bad");
    }

    TEST_CASE("CLOSET_MODELS_MIRROR is asked first with the name in the models folder") {
        FetchFixture fixture(serving("abc"));
        fixture.entries[0].url = "http://127.0.0.1:1/never/asked";
        {
            const Variable variable("CLOSET_MODELS_MIRROR", fixture.server.url("/our/models"));
            CHECK(fixture.fetch() == FetchEnd::kFetched);
        }
        CHECK(fixture.server.requests()[0].path == "/our/models/tiny.tflite");
        fs::remove(fixture.folder / "tiny.tflite");
        {
            const Variable variable("CLOSET_MODELS_MIRROR", "/our/models");
            CHECK_THROWS_WITH_AS(fixture.fetch(), doctest::Contains("CLOSET_MODELS_MIRROR=/our"),
                                 ConfigError);
        }
        FetchFixture fallback(serving("abc"));
        const Variable variable("CLOSET_MODELS_MIRROR", "http://me:secret@127.0.0.1:1/");
        CHECK(fallback.fetch() == FetchEnd::kFetched);
        fallback.entries[1].url = "http://127.0.0.1:1/needy.pth";
        try {
            fetch_model(fallback.store(), "needy");
            FAIL("port 1 answered");
        } catch (const ModelError& error) {
            CHECK(std::string(error.what()).find("secret") == std::string::npos);
        }
    }

    TEST_CASE("offline nothing is asked and what is missing is said") {
        FetchFixture fixture(serving("abc"));
        FetchOptions options;
        options.offline = true;
        const auto words = doctest::Contains("is missing and the network is off limits");
        CHECK_THROWS_WITH_AS(fixture.fetch(options), words, ModelError);
        {
            const Variable variable("CLOSET_OFFLINE", "1");
            CHECK_THROWS_WITH_AS(fixture.fetch(), words, ModelError);
        }
        CHECK(fixture.server.requests().empty());
        CHECK(fixture.files().empty());
        const Variable variable("CLOSET_OFFLINE", "0");
        CHECK(fixture.fetch() == FetchEnd::kFetched);
        CHECK(fixture.fetch(options) == FetchEnd::kPresent);
    }

    TEST_CASE("two threads that ask at once fetch once") {
        FetchFixture fixture(serving("abc"));
        std::vector<std::thread> threads;
        threads.reserve(8);
        std::atomic<int> fetched{0}, present{0};
        for (int i = 0; i < 8; ++i) {
            threads.emplace_back([&] {
                const ModelStore store(fixture.folder.path(), fixture.entries);
                (fetch_model(store, "tiny") == FetchEnd::kFetched ? fetched : present) += 1;
            });
        }
        for (std::thread& thread : threads) {
            thread.join();
        }
        CHECK(fetched == 1);
        CHECK(present == 7);
        CHECK(fixture.server.requests().size() == 1);
        CHECK(fixture.files() == "tiny.tflite");
    }

    TEST_CASE("waiting for another process can be stopped") {
        FetchFixture fixture(serving("abc"));
        const FileLock lock(fixture.folder / "tiny.tflite", [] { return true; });
        int asked = 0;
        FetchOptions options;
        options.waiting = [&] { return ++asked < 2; };
        CHECK(fixture.fetch(options) == FetchEnd::kStopped);
        CHECK(asked == 2);
        CHECK(fixture.server.requests().empty());
    }

    TEST_CASE("the lock of a process that died is no obstacle") {
        FetchFixture fixture(serving("abc"));
        const pid_t child = fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            const FileLock lock(fixture.folder / "tiny.tflite", [] { return true; });
            _exit(0);  // without the destructor
        }
        int status = 0;
        waitpid(child, &status, 0);
        CHECK(fixture.files() == ".tiny.tflite.lock");
        CHECK(fixture.fetch() == FetchEnd::kFetched);
        CHECK(fixture.files() == "tiny.tflite");
    }

    TEST_CASE("what was there before stays as the previous version") {
        FetchFixture fixture(serving("abc"));
        test::write_file(fixture.folder / "tiny.tflite", "old");
        CHECK(fixture.fetch() == FetchEnd::kFetched);
        CHECK(fixture.files() == "tiny.tflite tiny.tflite.previous");
        CHECK(fixture.read("tiny.tflite.previous") == "old");
    }

    TEST_CASE("a link is replaced and what it points to stays as it is") {
        FetchFixture fixture(serving("abc"));
        const test::TemporaryFolder elsewhere;
        test::write_file(elsewhere / "old", "old");
        fs::create_symlink(elsewhere / "old", fixture.folder / "tiny.tflite");
        fs::create_symlink(elsewhere / "old", fixture.folder / "tiny.tflite.part");
        CHECK_THROWS_WITH_AS(fixture.fetch(), doctest::Contains("cannot write"), Error);
        fs::remove(fixture.folder / "tiny.tflite.part");
        CHECK(fixture.fetch() == FetchEnd::kFetched);
        CHECK(test::read_file(elsewhere / "old") == "old");
        CHECK_FALSE(fs::is_symlink(fixture.folder / "tiny.tflite"));
        CHECK(fixture.read("tiny.tflite") == "abc");
    }

    TEST_CASE("a model that is linked into the folder is used") {
        FetchFixture fixture(serving("abc"));
        const test::TemporaryFolder elsewhere;
        test::write_file(elsewhere / "abc", "abc");
        fs::create_symlink(elsewhere / "abc", fixture.folder / "tiny.tflite");
        CHECK(fixture.fetch() == FetchEnd::kPresent);
        CHECK(fixture.server.requests().empty());
    }

    TEST_CASE("a full disk is told and a later call goes on") {
        const std::string big(1 << 20, 'x');
        FetchFixture fixture(serving(big));
        fixture.entries[0].size = big.size();
        fixture.entries[0].sha256 =
            "8f990ba0b577b51cf009ea049368c16bbda1b21e1b93be07a824758bb253c39b";
        {
            const test::FullDisk disk(1 << 16);
            CHECK_THROWS_WITH_AS(fixture.fetch(), doctest::Contains("tflite: File too large"),
                                 Error);
        }
        CHECK(fixture.files() == "tiny.tflite.part");
        CHECK(fixture.fetch() == FetchEnd::kFetched);
        CHECK(fixture.server.requests().back().range == "bytes=65536-");
    }

    TEST_CASE("an imported model has no address") {
        FetchFixture fixture(serving("abc"));
        CHECK_THROWS_AS(fetch_model(fixture.store(), "nonesuch"), ConfigError);
        CHECK_THROWS_WITH_AS(fetch_model(fixture.store(), "needy"), doctest::Contains("no address"),
                             ModelError);
    }
}
