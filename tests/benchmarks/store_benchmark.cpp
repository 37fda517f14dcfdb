// How fast the store's parts are by themselves: staging and writing, flushing,
// applying to the views, finding and reading. Runs in a fresh folder under
// APOGEE_BENCHMARK_DIR (default: the present one), which should be a real disk.
#include "store/commit_log.hpp"
#include "store/log_cursor.hpp"
#include "store/views/views.hpp"

#include <algorithm>
#include <benchmark/benchmark.h>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace apogee::store {

namespace {

constexpr std::uint64_t segment_bytes = 256u << 20;
constexpr std::uint64_t kept_bytes = 2ull << 30; // bound of the disk space used

std::string base_folder() {
  const auto* named = std::getenv("APOGEE_BENCHMARK_DIR");
  return named ? named : ".";
}

/// A log and views in a folder of their own.
struct bench_store {
  explicit bench_store(const std::string& base = base_folder())
    : path(base + "/store-benchmark") {
    std::filesystem::remove_all(path);
    std::filesystem::create_directories(path + "/log");
    log = std::move(
      *commit_log::open(*open_directory(path + "/log"), {segment_bytes}, {}));
    tables = std::move(*views::open(path + "/views", 64u << 20));
  }

  ~bench_store() {
    tables.reset();
    log.reset();
    std::filesystem::remove_all(path);
  }

  void stage(std::size_t body_bytes, queue_id queue, std::uint64_t offset) {
    record_fields fields;
    fields.queue = queue;
    fields.offset = {offset};
    body.resize(body_bytes);
    (void)log->reserve(record_size(body_bytes)).has_value();
    log->stage(fields, body);
  }

  void write() {
    if (!log->write())
      std::abort();
  }

  void flush() {
    auto job = log->take_flush_job();
    if (!job.run())
      std::abort();
    log->complete(std::move(job));
  }

  void trim() {
    if (log->end().value > kept_bytes)
      (void)log->remove_segments_before({log->end().value - kept_bytes})
        .has_value();
  }

  std::string path;
  std::unique_ptr<commit_log> log;
  std::unique_ptr<views> tables;
  std::vector<std::byte> body;
};

/// Arguments: body size, records per write.
void stage_and_write(benchmark::State& state) {
  bench_store store;
  const auto body_bytes = static_cast<std::size_t>(state.range(0));
  std::uint64_t offset = 0;
  for (auto _ : state) {
    for (auto i = state.range(1); i > 0; --i)
      store.stage(body_bytes, {{1}, 0}, offset++);
    store.write();
    store.trim();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(offset));
  state.SetBytesProcessed(
    static_cast<std::int64_t>(offset * record_size(body_bytes)));
}

/// Arguments: body size, records per write; each write is flushed.
void stage_write_and_flush(benchmark::State& state) {
  bench_store store;
  const auto body_bytes = static_cast<std::size_t>(state.range(0));
  std::uint64_t offset = 0;
  for (auto _ : state) {
    for (auto i = state.range(1); i > 0; --i)
      store.stage(body_bytes, {{1}, 0}, offset++);
    store.write();
    store.flush();
    store.trim();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(offset));
}

/// Arguments: body size, queues touched, records per checkpoint. Only the
/// applying is timed.
void apply(benchmark::State& state) {
  bench_store store;
  const auto body_bytes = static_cast<std::size_t>(state.range(0));
  const auto queues = static_cast<std::uint32_t>(state.range(1));
  std::vector<std::uint64_t> next(queues);
  std::int64_t records = 0;
  for (auto _ : state) {
    state.PauseTiming();
    for (std::int64_t i = 0; i < state.range(2); ++i) {
      const auto q = static_cast<std::uint32_t>(records++ % queues);
      store.stage(body_bytes, {{1 + q / 8}, q % 8}, next[q]++);
      if (i % 1000 == 999)
        store.write();
    }
    store.write();
    log_cursor cursor{store.log->reader(),
                      std::max(store.tables->applied(), store.log->start()),
                      store.log->end(),
                      {false, {}}};
    state.ResumeTiming();
    if (!store.tables->apply(cursor, ~std::uint64_t{0}))
      std::abort();
    state.PauseTiming();
    store.trim();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(records);
}

/// One lookup of 32 entries at random among 8 queues of 100,000.
void find(benchmark::State& state) {
  bench_store store;
  constexpr std::uint64_t per_queue = 100'000;
  for (std::uint64_t i = 0; i < per_queue; ++i)
    for (std::uint32_t q = 0; q < 8; ++q)
      store.stage(8, {{1}, q}, i);
  store.write();
  log_cursor cursor{store.log->reader(), {0}, store.log->end()};
  if (!store.tables->apply(cursor, ~std::uint64_t{0}))
    std::abort();
  std::uint64_t at = 1;
  for (auto _ : state) {
    at = at * 6364136223846793005u + 1442695040888963407u;
    const queue_id queue{{1}, static_cast<std::uint32_t>(at >> 61)};
    auto found = store.tables->find(queue, {(at >> 20) % (per_queue - 32)}, 32);
    benchmark::DoNotOptimize(found);
  }
  state.SetItemsProcessed(state.iterations());
}

/// Reading 1 KiB of what is kept in memory.
void read_recent(benchmark::State& state) {
  bench_store store;
  for (std::uint64_t i = 0; i < 100'000; ++i)
    store.stage(1024, {{1}, 0}, i);
  store.write();
  const auto reader = store.log->reader();
  std::vector<std::byte> out(record_size(1024));
  const auto newest = store.log->end().value - out.size();
  std::uint64_t i = 0;
  for (auto _ : state) {
    auto done = reader->read_recent({newest - i++ % 10'000 * out.size()}, out);
    benchmark::DoNotOptimize(done);
  }
  state.SetBytesProcessed(state.iterations()
                          * static_cast<std::int64_t>(out.size()));
}

} // namespace

BENCHMARK(stage_and_write)
  ->Args({128, 1})
  ->Args({1024, 1})
  ->Args({1024, 64})
  ->Args({65536, 4})
  ->UseRealTime();
BENCHMARK(stage_write_and_flush)
  ->Args({1024, 1})
  ->Args({1024, 64})
  ->UseRealTime();
BENCHMARK(apply)
  ->Args({128, 8, 500'000})
  ->Args({1024, 8, 200'000})
  ->Args({128, 10'000, 20'000})
  ->Args({128, 80'000, 80'000})
  ->UseRealTime()
  ->Unit(benchmark::kMillisecond);
BENCHMARK(find)->UseRealTime();
BENCHMARK(read_recent)->UseRealTime();

} // namespace apogee::store

BENCHMARK_MAIN();
