# One image for all functions: FUNCTION_TARGET chooses one, without it all are served on one port.
FROM node:24-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY . .
RUN npm run build && rm dist/*/*.map
RUN npm prune --omit=dev && mkdir data

FROM node:24-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8080 LOCAL_DIR=/data
WORKDIR /app
COPY --from=build /src/node_modules node_modules
COPY --from=build /src/dist dist
COPY --from=build /src/scripts/container.sh container.sh
# The one place it writes to: models and users when no cloud stores are configured.
COPY --from=build --chown=node:node /src/data /data
USER node
CMD ["sh", "container.sh"]
