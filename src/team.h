/* How the threads of a parallel region share the tasks of a phase and meet behind it.

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

/* Both sides of a cache line, since neighbours are fetched in pairs: what one thread writes often
   and others read is alone on it. */
#define FC_APART 128

/* The tasks of one thread that nobody has taken yet: the last `left` of its run. */
typedef struct {
    _Alignas(FC_APART) ptrdiff_t left;
} fc_share;

typedef struct {
    ptrdiff_t threads;
    fc_share *shares; /* [threads] */
    _Alignas(FC_APART) int32_t arrived;
    _Alignas(FC_APART) int32_t phase; /* the one at work; the next one has a larger number */
    int32_t sleepers;
} fc_team;

/* A team of one, without a parallel region. */
static inline void fc_team_alone(fc_team *team, fc_share *shares)
{
    *team = (fc_team){.threads = 1, .shares = shares};
    shares[0].left = 0;
}

/* The first thing that each thread of a parallel region does: OpenMP may have given fewer threads than
   were asked for, and then there are as many shares. */
static inline void fc_team_join(fc_team *team, fc_share *shares)
{
#pragma omp master
    {
        *team = (fc_team){.threads = omp_get_num_threads(), .shares = shares};
        for (ptrdiff_t t = 0; t < team->threads; t++)
            shares[t].left = 0;
    }
#pragma omp barrier
}

/* Where the run of thread t begins; it ends where the next one begins. */
static inline ptrdiff_t fc_team_first(const fc_team *team, ptrdiff_t tasks, ptrdiff_t t)
{
    return tasks * t / team->threads;
}

/* Each thread, at the beginning of a phase: others may take from its run from now on. All runs of the phase
   before are empty. */
static inline void fc_team_share(fc_team *team, ptrdiff_t tasks, int thread)
{
    ptrdiff_t left = fc_team_first(team, tasks, thread + 1) - fc_team_first(team, tasks, thread);
    __atomic_store_n(&team->shares[thread].left, left, __ATOMIC_RELAXED);
}

/* The next task for `thread`, or -1 when all are taken. */
static inline ptrdiff_t fc_team_take(fc_team *team, ptrdiff_t tasks, int thread)
{
    for (ptrdiff_t i = 0; i < team->threads; i++) {
        ptrdiff_t t = (thread + i) % team->threads;
        ptrdiff_t *of = &team->shares[t].left, left = __atomic_load_n(of, __ATOMIC_RELAXED);
        while (left > 0)
            if (__atomic_compare_exchange_n(of, &left, left - 1, 1, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
                return fc_team_first(team, tasks, t + 1) - left;
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

/* Each thread, at the end of a phase: whether it is the last one. Then it calls fc_team_start, for which
   the others wait; between the two it is alone and sees all that the phase has written. */
static inline int fc_team_last(fc_team *team)
{
    if (__atomic_add_fetch(&team->arrived, 1, __ATOMIC_ACQ_REL) < team->threads)
        return 0;
    team->arrived = 0;
    return 1;
}

/* Let all threads work on this phase. */
static inline void fc_team_start(fc_team *team, int32_t phase)
{
    __atomic_store_n(&team->phase, phase, __ATOMIC_SEQ_CST);
#if defined(__linux__)
    if (__atomic_load_n(&team->sleepers, __ATOMIC_SEQ_CST))
        syscall(SYS_futex, &team->phase, FUTEX_WAKE_PRIVATE, INT32_MAX, NULL, NULL, 0);
#endif
}

/* Wait for the phase that comes after this one; gives its number. */
static inline int32_t fc_team_wait(fc_team *team, int32_t phase)
{
    enum { SPINS = 50000 }; /* about a millisecond: longer than a wait in a balanced phase */
    int32_t next;
    for (int spin = 0; spin < SPINS; spin++) {
        if ((next = __atomic_load_n(&team->phase, __ATOMIC_ACQUIRE)) != phase)
            return next;
        fc_pause();
    }
#if defined(__linux__)
    __atomic_add_fetch(&team->sleepers, 1, __ATOMIC_SEQ_CST);
    while ((next = __atomic_load_n(&team->phase, __ATOMIC_SEQ_CST)) == phase)
        syscall(SYS_futex, &team->phase, FUTEX_WAIT_PRIVATE, phase, NULL, NULL, 0);
    __atomic_sub_fetch(&team->sleepers, 1, __ATOMIC_SEQ_CST);
#else
    while ((next = __atomic_load_n(&team->phase, __ATOMIC_ACQUIRE)) == phase)
        sched_yield();
#endif
    return next;
}

#endif
