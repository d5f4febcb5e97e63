#!/usr/bin/env bash
# Runs the lines of docs/recordings.md ("On clusters"), as they stand there, and compares with one run, byte by byte.
#   examples/clusters/check.sh [QUANT]
# With GNU parallel; with SLURM, one node on this machine, for which somebody has to be root (Debian: slurm-wlm munge); and the
# manifest of Kubernetes against its schema (kubernetes-validate of PyPI). What is not installed is said and left out.
set -euo pipefail
cd "$(dirname "$0")/../.."
quant=$(realpath "${1:-target/debug/quant}")
here=$PWD/examples/clusters
docs=$PWD/docs/recordings.md
parts=6
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# The block of code behind a line that begins so, for fewer parts.
block() {
  awk -v head="$1" 'index($0, head) == 1 { found = 1 } found && /^```/ { if (++fences == 2) exit; next } fences == 1' "$docs" |
    sed "s/0-63/0-$((parts - 1))/; s/seq 0 63/seq 0 $((parts - 1))/; s#/64#/$parts#"
}

# What the lines name: a model, records, and a `quant` that dies once in the middle of a part.
cp recipes/Net_001/test.recipe "$folder/net.recipe"
cd "$folder"
"$quant" convert net.recipe -o model.tflite > /dev/null
python3 - "$("$quant" info model.tflite --json -)" << 'EOF'
import json, random, struct, sys
graph = json.loads(sys.argv[1])["graphs"][0]
shape = graph["tensors"][graph["inputs"][0]]["shape"]
shape[0] = 2000
count = 1
for size in shape:
    count *= size
random.seed(7)
header = "{'descr': '<f4', 'fortran_order': False, 'shape': (%s), }" % ", ".join(map(str, shape))
header += " " * (-(len(header) + 11) % 64) + "\n"
with open("images.npy", "wb") as file:
    file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode())
    file.write(struct.pack("<%df" % count, *(random.uniform(-1, 1) for _ in range(count))))
EOF
mkdir bin
cat > bin/quant << EOF
#!/usr/bin/env bash
case "\$*" in
  *"--shard 1/$parts"*)
    if mkdir died 2> /dev/null; then
      "$quant" "\$@" --checkpoint 50 > /dev/null &
      while [ ! -e "\${*: -1:1}.checkpoint" ] && kill -0 \$! 2> /dev/null; do sleep 0.01; done
      kill -9 \$! || exit 9 # it ended before
      wait \$! 2> /dev/null
      cp "\${*: -1:1}.checkpoint" kept
      # In SLURM the whole task goes, as from a node that is wanted for something else.
      [ -z "\${SLURM_JOB_ID:-}" ] || { scontrol requeue "\$SLURM_JOB_ID"; sleep 60; }
      exit 9
    fi ;;
esac
exec "$quant" "\$@"
EOF
chmod +x bin/quant
export PATH="$folder/bin:$PATH"
"$quant" record model.tflite --data images.npy --observer minmax -o one.qstat > /dev/null

compare() {
  cmp one.qstat all.qstat
  test -e kept # a part was killed once, and had a checkpoint
  echo "$1: $parts parts give the bytes of one run, one of which was killed and went on"
  rm -rf died kept all.qstat part-*
}

if command -v parallel > /dev/null; then
  block "GNU parallel" | sed 's/--sshlogin a,b,c/--sshlogin :/' > lines
  sh -e lines > log 2>&1 || { cat log; exit 1; }
  compare "GNU parallel"
else
  echo "GNU parallel is not installed, and was not run"
fi

if command -v slurmctld slurmd munged > /dev/null && [ "$(id -u)" = 0 ]; then
  # shellcheck source=slurm.sh
  . "$here/slurm.sh"
  start_slurm
  block "A SLURM array" > record.sh
  block "It is started" > lines
  sh -e lines > log 2>&1 || { cat log; exit 1; }
  wait_for_slurm
  compare "SLURM"
else
  echo "SLURM is not installed, or this is not root: it was not run"
fi

validate=${KUBERNETES_VALIDATE:-kubernetes-validate}
if command -v "$validate" > /dev/null; then
  block "A Kubernetes indexed job" > job.yaml
  "$validate" --strict job.yaml
else
  echo "kubernetes-validate is not installed; the manifest was not looked at"
fi
