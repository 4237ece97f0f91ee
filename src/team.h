/* How the threads of a parallel region share the tasks of a phase and wait for each other.

   Each thread owns an equal run of the tasks, the same part of the batch in one operation after the
   other, so that what it wrote is still in its own cache; a thread that is done early takes tasks
   of the others. Tasks write disjoint memory, so who does which does not change the result.

   A thread that waits spins for about a millisecond, then sleeps: waking up costs more than most
   waits last, but a core is not to be burnt while a long task of another thread runs. */
#ifndef FC_TEAM_H
#define FC_TEAM_H

#include <omp.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__linux__)
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#else
#include <sched.h>
#endif

/* The tasks of one thread that nobody has taken yet; on cache lines of its own. */
typedef struct {
    ptrdiff_t next, end;
    char padding[128 - 2 * sizeof(ptrdiff_t)];
} fc_share;

typedef struct {
    int32_t threads, arrived, sleepers;
    uint32_t generation; /* counts the phases that are over */
    fc_share *shares;    /* [threads] */
} fc_team;

/* Deal out the tasks of a phase. */
static inline void fc_team_deal(fc_team *team, ptrdiff_t tasks)
{
    for (ptrdiff_t t = 0; t < team->threads; t++) {
        team->shares[t].end = tasks * (t + 1) / team->threads;
        team->shares[t].next = tasks * t / team->threads;
    }
}

/* A team of the one thread that called. */
static inline void fc_team_alone(fc_team *team, ptrdiff_t tasks)
{
    team->threads = 1;
    team->arrived = team->sleepers = 0;
    fc_team_deal(team, tasks);
}

/* The first thing that each thread of a parallel region does: OpenMP may have given fewer threads than
   were asked for, and then there are as many shares. `tasks` are those of the first phase. */
static inline void fc_team_join(fc_team *team, ptrdiff_t tasks)
{
#pragma omp master
    {
        team->threads = omp_get_num_threads();
        team->arrived = team->sleepers = 0;
        fc_team_deal(team, tasks);
    }
#pragma omp barrier
}

/* The next task for `thread`, or -1 when all are taken. */
static inline ptrdiff_t fc_team_take(fc_team *team, int thread)
{
    for (int i = 0; i < team->threads; i++) {
        fc_share *share = &team->shares[(thread + i) % team->threads];
        if (__atomic_load_n(&share->next, __ATOMIC_RELAXED) >= share->end)
            continue;
        ptrdiff_t task = __atomic_fetch_add(&share->next, 1, __ATOMIC_RELAXED);
        if (task < share->end)
            return task;
    }
    return -1;
}

static inline void fc_pause(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/* Wait until all threads have come here; the last one deals out the `tasks` of the next phase. */
static inline void fc_team_wait(fc_team *team, ptrdiff_t tasks)
{
    enum { SPINS = 50000 }; /* about a millisecond: longer than a wait in a balanced phase */
    const uint32_t generation = __atomic_load_n(&team->generation, __ATOMIC_RELAXED);
    if (__atomic_add_fetch(&team->arrived, 1, __ATOMIC_ACQ_REL) == team->threads) {
        team->arrived = 0;
        fc_team_deal(team, tasks);
        __atomic_store_n(&team->generation, generation + 1, __ATOMIC_SEQ_CST);
#if defined(__linux__)
        if (__atomic_load_n(&team->sleepers, __ATOMIC_SEQ_CST))
            syscall(SYS_futex, &team->generation, FUTEX_WAKE_PRIVATE, INT32_MAX, NULL, NULL, 0);
#endif
        return;
    }
    for (int spin = 0; spin < SPINS; spin++) {
        if (__atomic_load_n(&team->generation, __ATOMIC_ACQUIRE) != generation)
            return;
        fc_pause();
    }
#if defined(__linux__)
    __atomic_add_fetch(&team->sleepers, 1, __ATOMIC_SEQ_CST);
    while (__atomic_load_n(&team->generation, __ATOMIC_SEQ_CST) == generation)
        syscall(SYS_futex, &team->generation, FUTEX_WAIT_PRIVATE, generation, NULL, NULL, 0);
    __atomic_sub_fetch(&team->sleepers, 1, __ATOMIC_SEQ_CST);
#else
    while (__atomic_load_n(&team->generation, __ATOMIC_ACQUIRE) == generation)
        sched_yield();
#endif
}

#endif
