#!/usr/bin/env bash
# Records on a local Ray cluster of four workers, and compares with one run, byte by byte.
#   examples/ray/check.sh [QUANT]
# Takes the environment of $RAY_PYTHON, or makes one in target/tools/ray (300 MB).
set -euo pipefail
cd "$(dirname "$0")/../.."
quant=$(realpath "${1:-target/debug/quant}")
python=${RAY_PYTHON:-target/tools/ray/bin/python}
if [ ! -x "$python" ]; then
  python3 -m venv target/tools/ray
  target/tools/ray/bin/pip --quiet --disable-pip-version-check install -r examples/ray/requirements.txt
fi
python=$(realpath -s "$python")
here=$PWD/examples/ray
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp recipes/Net_001/test.recipe "$folder/net.recipe"
cd "$folder"
"$quant" convert net.recipe -o net.tflite > /dev/null
# A program that dies once in the middle of a part: its task is tried again, and goes on.
cat > dying <<EOF
#!/usr/bin/env bash
case "\$*" in
  *"--shard 1/6"*)
    if mkdir "\${*: -1:1}.died" 2> /dev/null; then
      "$quant" "\$@" --checkpoint 50 > /dev/null & 
      while [ ! -e "\${*: -1:1}.checkpoint" ] && kill -0 \$! 2> /dev/null; do sleep 0.01; done
      kill -9 \$! \$PPID 2> /dev/null
      exit 9
    fi ;;
esac
exec "$quant" "\$@"
EOF
chmod +x dying
for observer in minmax percentile:99.9 kl mse ema:0.99; do
  data=random:7:2000
  "$quant" record net.tflite --data $data --observer $observer -o one.qstat > /dev/null
  "$python" "$here/record.py" --quant "$folder/dying" --model "$folder/net.tflite" --data $data --observer $observer --parts 6 \
    --workers 4 -o "$folder/ray.qstat" > log.txt 2>&1 || { cat log.txt; exit 1; }
  cmp one.qstat ray.qstat
  test -e ray.parts/part-1.qstat.died # the task and its worker were killed once
  echo "$observer: 6 parts on 4 workers of Ray give the bytes of one run"
  rm -rf ray.parts
done
